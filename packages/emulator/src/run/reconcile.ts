import { setTimeout as sleep } from 'node:timers/promises';
import type { DataPlane, RouteTag, RouteTarget } from '../dataplane.ts';
import { type MessageValue, RUN } from '../grpc/schema.ts';
import { aborted, failedPrecondition } from '../grpc/status.ts';
import { revisionOutcome } from './conditions.ts';
import { errorResult, type Operations } from './operations.ts';
import { revisionProcess, type Secrets } from './process.ts';
import { serviceResource } from './resources.ts';
import {
  isSettled,
  type Outcome,
  overallOutcome,
  type RevisionRecord,
  type ServiceRecord,
  transition,
} from './state.ts';
import { notReadyMessage, type ResolvedTarget, type RevisionState, resolveTraffic } from './traffic.ts';
import type { TrafficTargetStatus } from './types.ts';

const SERVICE = `${RUN}.Service`;

export type ReconcilerOptions = {
  dataPlane: DataPlane;
  operations: Operations;
  secrets: Secrets;
  delayMs: number;
  now: () => Date;
  log: (line: string) => void;
};

export type Reconciler = {
  /** Brings what runs in line with what was written, some time later. */
  schedule(record: ServiceRecord): void;
  /** Runs something after the reconcile delay, unless the emulator stops before. */
  later(action: () => Promise<void>): void;
  /** Resolves when no step for the service is under way. */
  quiet(record: ServiceRecord): Promise<void>;
  /** Ends the operations that nothing can finish any more. */
  abandon(record: ServiceRecord): void;
  stop(): Promise<void>;
};

export function createReconciler({
  dataPlane,
  operations,
  secrets,
  delayMs,
  now,
  log,
}: ReconcilerOptions): Reconciler {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  /** One step at a time for each service, so that routes never overtake each other. */
  const steps = new WeakMap<ServiceRecord, Promise<void>>();

  const track = (work: Promise<void>) => {
    const settled: Promise<void> = work
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) {
          log(`reconciliation: ${error instanceof Error ? error.message : String(error)}`);
        }
      })
      .finally(() => running.delete(settled));
    running.add(settled);
  };

  const later = (action: () => Promise<void>) => {
    track(sleep(delayMs, undefined, { signal: stopping.signal }).then(action));
  };

  const start = async (record: ServiceRecord, revision: RevisionRecord) => {
    const result = await dataPlane.startRevision(revisionProcess(record.name, revision, secrets));
    const state: RevisionState = result.ready
      ? { state: 'ready' }
      : { state: 'failed', reason: result.reason, message: result.message };
    revision.state = { ...state, since: now() };
    await advance(record);
  };

  const advance = (record: ServiceRecord): Promise<void> => {
    const step = (steps.get(record) ?? Promise.resolve()).then(() => takeStep(record));
    steps.set(
      record,
      step.catch(() => undefined),
    );
    return step;
  };

  const takeStep = async (record: ServiceRecord) => {
    if (record.deleteTime !== undefined || record.startedWrites < record.writes) {
      return;
    }
    const { writes } = record;
    record.latestReady = latestReady(record);
    record.configurations = transition(record.configurations, configurationsOutcome(record), now());
    const resolution = resolveTraffic(record.spec.traffic ?? [], {
      revisions: new Map([...record.revisions].map(([id, { state }]) => [id, state])),
      latestCreated: record.latestCreated,
      latestReady: record.latestReady,
      trafficCameWithLatest: cameTogether(record),
    });
    if (resolution.state === 'ready') {
      const { uri, served } = await route(record, resolution.targets);
      record.uri = uri;
      record.served = served;
    }
    // A write that came in meanwhile takes its own step.
    if (record.writes === writes) {
      const outcome: Outcome = resolution.state === 'ready' ? { state: 'succeeded' } : resolution;
      record.routes = transition(record.routes, outcome, now());
      settle(record);
    }
  };

  const route = async (record: ServiceRecord, targets: ResolvedTarget[]) => {
    const { service } = record.name;
    const uri = await dataPlane.serviceUrl(service);
    await dataPlane.setRoutes(service, routeTargets(targets), routeTags(targets));
    const served = await Promise.all(
      targets.map(async ({ servedBy: _, ...target }): Promise<TrafficTargetStatus> => {
        const tag = target.tag ?? '';
        return tag === '' ? target : { ...target, uri: await dataPlane.tagUrl(service, tag) };
      }),
    );
    return { uri, served };
  };

  const settle = (record: ServiceRecord) => {
    if (!isSettled(record)) {
      return;
    }
    const overall = overallOutcome(record);
    if (overall.state === 'succeeded') {
      record.observedGeneration = record.generation;
    }
    const resource = serviceResource(record) as MessageValue;
    const result =
      overall.state === 'failed' ? errorResult(failedPrecondition(overall.message)) : { response: resource };
    for (const name of record.openOperations.splice(0)) {
      operations.finish(name, SERVICE, resource, result);
    }
  };

  return {
    later,
    quiet: (record) => steps.get(record) ?? Promise.resolve(),
    schedule: (record) => {
      const { writes } = record;
      later(async () => {
        record.startedWrites = Math.max(record.startedWrites, writes);
        for (const revision of record.revisions.values()) {
          if (!revision.startRequested) {
            revision.startRequested = true;
            track(start(record, revision));
          }
        }
        await advance(record);
      });
    },
    abandon: (record) => {
      const resource = serviceResource(record) as MessageValue;
      const result = errorResult(aborted(`Service '${record.name.service}' was deleted.`));
      for (const name of record.openOperations.splice(0)) {
        operations.finish(name, SERVICE, resource, result);
      }
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** The latest created revision, or while that is not ready the newest one that is. */
function latestReady(record: ServiceRecord): string | undefined {
  const created = record.revisions.get(record.latestCreated ?? '');
  return created?.state.state === 'ready'
    ? created.id
    : [...record.revisions.values()].findLast(({ state }) => state.state === 'ready')?.id;
}

/** The configuration is as ready as the revision that it made last. */
function configurationsOutcome(record: ServiceRecord): Outcome {
  const revision = record.revisions.get(record.latestCreated ?? '');
  if (revision === undefined) {
    return { state: 'pending' };
  }
  const outcome = revisionOutcome(revision);
  return outcome.state === 'failed'
    ? { ...outcome, message: notReadyMessage(revision.id, outcome.message) }
    : outcome;
}

function cameTogether(record: ServiceRecord): boolean {
  return record.revisions.get(record.latestCreated ?? '')?.serviceGeneration === record.trafficGeneration;
}

function routeTargets(targets: ResolvedTarget[]): RouteTarget[] {
  const percents = new Map<string, number>();
  for (const { servedBy, percent } of targets) {
    percents.set(servedBy, (percents.get(servedBy) ?? 0) + (percent ?? 0));
  }
  return [...percents]
    .filter(([, percent]) => percent > 0)
    .map(([revision, percent]) => ({ revision, percent }));
}

function routeTags(targets: ResolvedTarget[]): RouteTag[] {
  return targets.flatMap(({ tag, servedBy }) => (tag ? [{ tag, revision: servedBy }] : []));
}
