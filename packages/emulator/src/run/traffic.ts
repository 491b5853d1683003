import { invalidArgument } from '../grpc/status.ts';
import { tagProblem } from './names.ts';
import { LATEST, PINNED, type TrafficTarget } from './types.ts';

/** A service that nobody pinned sends everything to its latest ready revision. */
const DEFAULT_TRAFFIC: TrafficTarget[] = [{ type: LATEST, percent: 100 }];

export function trafficWithDefault(traffic: TrafficTarget[] | null | undefined): TrafficTarget[] {
  return traffic === null || traffic === undefined || traffic.length === 0 ? DEFAULT_TRAFFIC : traffic;
}

/** Checks everything about targets that can be told without looking at revisions. `path` leads the messages. */
export function validateTraffic(service: string, traffic: TrafficTarget[], path: string): void {
  const seenTags = new Set<string>();
  let sum = 0;
  traffic.forEach((target, index) => {
    const at = `${path}[${index}]`;
    validateTarget(target, at);
    const percent = target.percent ?? 0;
    if (percent < 0 || percent > 100) {
      throw invalidArgument(`Violation in ${at}.percent: must be between 0 and 100, but is ${percent}.`);
    }
    sum += percent;
    const tag = target.tag ?? '';
    if (tag === '') {
      return;
    }
    const problem = tagProblem(service, tag);
    if (problem !== undefined) {
      throw invalidArgument(`Violation in ${at}.tag: ${problem}.`);
    }
    if (seenTags.has(tag)) {
      throw invalidArgument(`Violation in ${at}.tag: tag "${tag}" is used by more than one traffic target.`);
    }
    seenTags.add(tag);
  });
  if (sum !== 100) {
    throw invalidArgument(
      `Violation in ${path}: percents of traffic targets must sum to 100, but sum to ${sum}.`,
    );
  }
}

function validateTarget({ type, revision }: TrafficTarget, at: string): void {
  const names = revision !== undefined && revision !== null && revision !== '';
  if (type === LATEST && names) {
    throw invalidArgument(`Violation in ${at}.revision: must be empty for type ${LATEST}.`);
  }
  if (type === PINNED && !names) {
    throw invalidArgument(`Violation in ${at}.revision: is required for type ${PINNED}.`);
  }
  if (type !== LATEST && type !== PINNED) {
    throw invalidArgument(`Violation in ${at}.type: must be ${LATEST} or ${PINNED}.`);
  }
}

export type RevisionState =
  | { state: 'pending' }
  | { state: 'ready' }
  | { state: 'failed'; reason: string; message: string };

/** What the resolution of targets needs to know about a service. */
export type TrafficContext = {
  revisions: ReadonlyMap<string, RevisionState>;
  latestCreated: string | undefined;
  latestReady: string | undefined;
  /** The write that made the latest revision also wrote the traffic. */
  trafficCameWithLatest: boolean;
};

export type ResolvedTarget = TrafficTarget & { servedBy: string };

export type Resolution =
  | { state: 'ready'; targets: ResolvedTarget[] }
  | { state: 'pending' }
  | { state: 'failed'; reason: string; message: string };

/**
 * Finds the revision of each target. One target that cannot serve fails all of them, whatever its percentage: traffic
 * moves as a whole or not at all.
 */
export function resolveTraffic(traffic: TrafficTarget[], context: TrafficContext): Resolution {
  const resolved = traffic.map((target) => resolveTarget(target, context));
  const failed = resolved.find((target) => target.state === 'failed');
  if (failed !== undefined) {
    return failed;
  }
  const ready = resolved.filter((target) => target.state === 'ready');
  return ready.length < resolved.length
    ? { state: 'pending' }
    : { state: 'ready', targets: ready.map(({ target }) => target) };
}

type TargetResolution =
  | { state: 'ready'; target: ResolvedTarget }
  | { state: 'pending' }
  | { state: 'failed'; reason: string; message: string };

function resolveTarget(target: TrafficTarget, context: TrafficContext): TargetResolution {
  const id = target.type === LATEST ? latestFor(context) : (target.revision ?? '');
  const revision = context.revisions.get(id);
  if (revision === undefined) {
    return {
      state: 'failed',
      reason: 'UNKNOWN',
      message: `Revision '${id}' does not exist or is deleted. Update all traffic to route to currently available revisions.`,
    };
  }
  if (revision.state === 'failed') {
    return { state: 'failed', reason: revision.reason, message: notReadyMessage(id, revision.message) };
  }
  return revision.state === 'pending'
    ? { state: 'pending' }
    : { state: 'ready', target: { ...target, servedBy: id } };
}

/**
 * LATEST waits for a revision that is being made. When that one failed, the last ready revision goes on serving, unless
 * the failing write also asked for this very traffic: then nothing moves.
 */
function latestFor({ revisions, latestCreated, latestReady, trafficCameWithLatest }: TrafficContext): string {
  const created = latestCreated === undefined ? undefined : revisions.get(latestCreated);
  const fallBack = created?.state === 'failed' && !trafficCameWithLatest;
  return (fallBack ? latestReady : undefined) ?? latestCreated ?? '';
}

export function notReadyMessage(revision: string, message: string): string {
  const lead = `Revision '${revision}' is not ready and cannot serve traffic.`;
  return message.startsWith(lead) ? message : `${lead} ${message}`;
}
