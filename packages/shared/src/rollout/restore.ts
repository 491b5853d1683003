import type { ServiceChange } from '../cloudrun/release.ts';
import type { Service, TrafficTarget } from '../cloudrun/resources.ts';
import {
  blend,
  describeSplit,
  describeTargets,
  mainRevision,
  type Split,
  trafficFor,
  withoutTags,
} from '../cloudrun/traffic.ts';
import { type HistoryEntry, withHistory } from './history.ts';
import { type RolloutRecord, withRecord } from './record.ts';

/** The split that the record says the service was last told to serve. */
export function recordedSplit(record: RolloutRecord): Split {
  return blend(record.stable, record.canary, record.percent);
}

/**
 * Who moved the traffic away from what the record says, or `undefined`. Record and traffic are written in one update,
 * so on one reading of the service they differ only if somebody else wrote.
 */
export function strangersTraffic(service: Service, record: RolloutRecord): string | undefined {
  const found = describeTargets(service.traffic ?? []);
  const ours = describeTargets(trafficFor([], recordedSplit(record)));
  if (found === ours) return undefined;
  return `the traffic is ${found}, not ${describeSplit(recordedSplit(record))} as this rollout set it (last written by ${service.lastModifier || 'somebody else'})`;
}

/** The fields with which every change of a rollout is made: traffic, and our own annotations beside everybody else's. */
function trafficChange(traffic: TrafficTarget[], annotations: Record<string, string>): ServiceChange {
  return { change: { traffic, annotations }, mask: ['traffic', 'annotations'] };
}

/** The tags that a rollout has set: the canary's, and with probes one of the revision that has most of stable's users. */
export function tagsOf({
  tag,
  canary,
  stableTag,
  stable,
}: RolloutRecord): { tag: string; revision: string }[] {
  const probed = stableTag === undefined ? [] : [{ tag: stableTag, revision: mainRevision(stable) }];
  return [{ tag, revision: canary }, ...probed];
}

/** Users get `record.percent` of the canary, and the record says so, in one update. */
export function shiftChange(service: Service, record: RolloutRecord): ServiceChange {
  const traffic = trafficFor(service.traffic ?? [], recordedSplit(record), ...tagsOf(record));
  return trafficChange(traffic, withRecord(service.annotations ?? {}, record));
}

/** A sign of life: nothing but the record. */
export function renewalChange(annotations: Record<string, string>, record: RolloutRecord): ServiceChange {
  return { change: { annotations: withRecord(annotations, record) }, mask: ['annotations'] };
}

/**
 * The end of a rollout: users get `split`, our tags go, the record goes, the history gets a line. This is all
 * there is to restoring stable, so whoever can read the service can do it.
 */
export function endChange(
  service: Service,
  record: RolloutRecord,
  split: Split,
  entry: HistoryEntry,
): ServiceChange {
  const removed = tagsOf(record).map(({ tag }) => ({ tag, revision: undefined }));
  const traffic = trafficFor(service.traffic ?? [], split, ...removed);
  return trafficChange(traffic, withHistory(withRecord(service.annotations ?? {}, undefined), entry));
}

/**
 * The end of a rollout whose traffic is somebody else's now: users keep what they were given. Our notes go, and our tags
 * where they still point at our revisions, since the next rollout needs them.
 */
export function handOverChange(service: Service, record: RolloutRecord, entry: HistoryEntry): ServiceChange {
  const traffic = withoutTags(service.traffic ?? [], tagsOf(record));
  return trafficChange(traffic, withHistory(withRecord(service.annotations ?? {}, undefined), entry));
}
