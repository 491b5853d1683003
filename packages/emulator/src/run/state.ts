import type { ServiceName } from './names.ts';
import type { RevisionState } from './traffic.ts';
import type { Policy, RevisionTemplate, Service, TrafficTargetStatus } from './types.ts';

/** How one part of a service's reconciliation stands. */
export type Outcome =
  | { state: 'pending' }
  | { state: 'succeeded' }
  | { state: 'failed'; reason: string; message: string };

export type Dated<T> = T & { since: Date };

export type RevisionRecord = {
  id: string;
  uid: string;
  /** The template without its `revision`, defaults filled in. */
  config: RevisionTemplate;
  createTime: Date;
  creator: string;
  /** The service's generation that made it. */
  serviceGeneration: number;
  state: Dated<RevisionState>;
  startRequested: boolean;
};

export type ServiceRecord = {
  name: ServiceName;
  uid: string;
  /** What callers wrote, defaults filled in. */
  spec: Service;
  /** Counts changes of the spec. */
  generation: number;
  /** Counts changes of the template; the number in generated revision names. */
  configurationGeneration: number;
  /** The generation that last changed the traffic. */
  trafficGeneration: number;
  observedGeneration: number;
  /** Counts what changes the etag. */
  version: number;
  writes: number;
  /** How many of the writes have begun to be reconciled. */
  startedWrites: number;
  createTime: Date;
  updateTime: Date;
  deleteTime: Date | undefined;
  creator: string;
  lastModifier: string;
  /** Oldest first. */
  revisions: Map<string, RevisionRecord>;
  /** Names of deleted revisions, which are never used again. */
  retiredNames: Set<string>;
  latestCreated: string | undefined;
  latestReady: string | undefined;
  configurations: Dated<Outcome>;
  routes: Dated<Outcome>;
  served: TrafficTargetStatus[];
  uri: string | undefined;
  policy: Policy;
  /** Operations that end when the service is settled. */
  openOperations: string[];
};

/** Keeps the time of the last transition when nothing has changed. */
export function transition<T extends { state: string }>(before: Dated<T>, after: T, now: Date): Dated<T> {
  return before.state === after.state ? { ...after, since: before.since } : { ...after, since: now };
}

export function isSettled(record: ServiceRecord): boolean {
  return (
    record.deleteTime === undefined &&
    record.startedWrites === record.writes &&
    record.configurations.state !== 'pending' &&
    record.routes.state !== 'pending'
  );
}

/** Readiness of the whole service: both parts must have succeeded. */
export function overallOutcome(record: ServiceRecord): Outcome {
  if (!isSettled(record)) {
    return { state: 'pending' };
  }
  return (
    [record.configurations, record.routes].find(({ state }) => state === 'failed') ?? { state: 'succeeded' }
  );
}

export function etagOf(record: ServiceRecord): string {
  return `"${Buffer.from(`${record.uid}/${record.version}`).toString('base64url')}"`;
}
