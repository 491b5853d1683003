import { idOf, type Service, type TrafficTarget } from './resources.ts';

/** Which revisions receive users, in whole per cent; the percentages sum to 100. */
export type Split = readonly { revision: string; percent: number }[];

const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const;
const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' as const;

function isLatest(target: TrafficTarget): boolean {
  // The gRPC client hands enums out as names, the REST fallback as integers (1 is LATEST in traffic_target.proto).
  return target.type === LATEST || target.type === 1;
}

/** True when some of the traffic follows the newest revision instead of a named one. */
export function followsLatest(service: Service): boolean {
  const targets = service.traffic ?? [];
  return targets.length === 0 || targets.some((target) => isLatest(target) && (target.percent ?? 0) > 0);
}

/**
 * The split that users see now: `trafficStatuses`, where LATEST is already resolved to a revision. Empty when nothing
 * serves, as on a service whose first revision never became Ready.
 */
export function servingSplit(service: Service): Split {
  const percents = new Map<string, number>();
  for (const status of service.trafficStatuses ?? []) {
    const revision =
      idOf(status.revision) ||
      (isLatest({ type: status.type ?? null }) ? idOf(service.latestReadyRevision) : '');
    if (revision && (status.percent ?? 0) > 0) {
      percents.set(revision, (percents.get(revision) ?? 0) + (status.percent ?? 0));
    }
  }
  return [...percents].map(([revision, percent]) => ({ revision, percent }));
}

/** The URL of a tag, once Cloud Run has routed it to this revision. */
export function tagUrl(service: Service, tag: string, revision: string): string | undefined {
  const routed = (service.trafficStatuses ?? []).find(
    (status) => status.tag === tag && idOf(status.revision) === revision,
  );
  return routed?.uri || undefined;
}

/** The revision a tag points at, as written in the service; `undefined` when the tag is free. */
export function taggedRevision(service: Service, tag: string): string | undefined {
  const target = (service.traffic ?? []).find((candidate) => candidate.tag === tag);
  if (!target) return undefined;
  return isLatest(target) ? 'LATEST' : idOf(target.revision);
}

/**
 * Gives `percent` of the traffic to `canary` and the rest to `stable` in its old proportions, in whole per cent by the
 * largest-remainder (Hamilton) method: https://en.wikipedia.org/wiki/Largest_remainders_method. Ties go to the revision
 * named first. Revisions left with 0 % are not in the result.
 */
export function blend(stable: Split, canary: string, percent: number): Split {
  const rest = 100 - percent;
  const total = stable.reduce((sum, part) => sum + part.percent, 0);
  const parts = stable.map(({ revision, percent: share }) => {
    const exact = total === 0 ? 0 : (share * rest) / total;
    return { revision, percent: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  let missing = rest - parts.reduce((sum, part) => sum + part.percent, 0);
  for (const part of [...parts].sort((a, b) => b.remainder - a.remainder)) {
    if (missing <= 0) break;
    part.percent += 1;
    missing -= 1;
  }
  return [
    ...parts.map(({ revision, percent: share }) => ({ revision, percent: share })),
    { revision: canary, percent },
  ].filter((part) => part.percent > 0);
}

/** A tag to set or to move; `revision: undefined` removes it. */
type TagChange = { tag: string; revision: string | undefined };

function withoutUsers(target: TrafficTarget): TrafficTarget {
  const named = isLatest(target) ? { type: LATEST } : { type: REVISION, revision: idOf(target.revision) };
  return { ...named, percent: 0, tag: target.tag ?? '' };
}

function tagTarget({ tag, revision }: TagChange): TrafficTarget[] {
  return revision ? [{ type: REVISION, revision, percent: 0, tag }] : [];
}

/**
 * The traffic list that gives users `split`, keeps every tag that is there, and applies changes of tags. The parts
 * are always named revisions: a LATEST target would hand users to whatever anybody deploys next. (A tag that follows
 * LATEST at 0 % carries no users and is kept as it is.)
 */
export function trafficFor(
  current: readonly TrafficTarget[],
  split: Split,
  ...changes: readonly TagChange[]
): TrafficTarget[] {
  const serving = split.map(({ revision, percent }) => ({ type: REVISION, revision, percent }) as const);
  const kept = current
    .filter(({ tag }) => tag && !changes.some((change) => change.tag === tag))
    .map(withoutUsers);
  return [...serving, ...kept, ...changes.flatMap(tagTarget)];
}

/** The same users as before, however that is written, with one change of a tag. */
export function withTag(current: readonly TrafficTarget[], change: TagChange): TrafficTarget[] {
  const written: readonly TrafficTarget[] = current.length === 0 ? [{ type: LATEST, percent: 100 }] : current;
  return [...written.filter((target) => target.tag !== change.tag), ...tagTarget(change)];
}

/** The same users as before, without those of the tags that still point where they are said to. */
export function withoutTags(
  current: readonly TrafficTarget[],
  tags: readonly { tag: string; revision: string }[],
): TrafficTarget[] {
  return current.flatMap((target) => {
    const isOurs = tags.some(({ tag, revision }) => target.tag === tag && idOf(target.revision) === revision);
    if (!isOurs) return [target];
    const { tag: _, ...untagged } = target;
    return (target.percent ?? 0) > 0 ? [untagged] : [];
  });
}

/** What the service was told to serve, as a comparable text: percentages by revision, regardless of order and tags. */
export function describeTargets(traffic: readonly TrafficTarget[]): string {
  const percents = new Map<string, number>();
  for (const target of traffic) {
    const key = isLatest(target) ? 'LATEST' : idOf(target.revision);
    if ((target.percent ?? 0) > 0) percents.set(key, (percents.get(key) ?? 0) + (target.percent ?? 0));
  }
  if (traffic.length === 0) percents.set('LATEST', 100);
  return [...percents]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([revision, percent]) => `${revision} ${percent} %`)
    .join(', ');
}

/** `api-00001-abc 90 %, api-00002-def 10 %`, in the split's own order. */
export function describeSplit(split: Split): string {
  return split.map(({ revision, percent }) => `${revision} ${percent} %`).join(', ') || 'nothing';
}

/** The revision with most of the traffic; empty text for an empty split. */
export function mainRevision(split: Split): string {
  return split.reduce((best, part) => (part.percent > best.percent ? part : best), {
    revision: '',
    percent: -1,
  }).revision;
}

/** True when both give users the same thing. */
export function sameSplit(a: Split, b: Split): boolean {
  const text = (split: Split) => describeTargets(split.map((part) => ({ type: REVISION, ...part })));
  return text(a) === text(b);
}
