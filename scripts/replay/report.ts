import { type ArmCounts, type Interval, inOrder, type Usual } from '@apex-actions/shared/analysis/evidence';
import type { Histogram } from '@apex-actions/shared/analysis/histogram';
import type { Journal, JournalArm, JournalInterval } from '@apex-actions/shared/report/journal';
import { readJournal } from '@apex-actions/shared/report/page';
import type { Timeline } from './timeline.ts';

function latenciesOf(latencies: JournalArm['latencies'], boundsMs: readonly number[]): Histogram | undefined {
  if (!latencies || boundsMs.length === 0) return undefined;
  const found = new Map(latencies);
  return { boundsMs, counts: Array.from({ length: boundsMs.length + 1 }, (_, i) => found.get(i) ?? 0) };
}

function countsOf(
  { requests, errors, probes, latencies }: JournalArm,
  boundsMs: readonly number[],
): ArmCounts {
  return { requests, errors, latencies: latenciesOf(latencies, boundsMs), ...(probes ? { probes } : {}) };
}

function intervalsOf({ intervals, shifts, startMs, latencyBoundsMs }: Journal, watched: boolean): Interval[] {
  const promotedMs = shifts.find(({ percent }) => percent === 100)?.atMs ?? Number.POSITIVE_INFINITY;
  // With a watch, the interval of the promotion itself is in neither of the two: its users had both.
  const counts = (each: JournalInterval) =>
    !watched || each.startMs >= promotedMs || each.endMs <= promotedMs;
  const all = intervals.filter(counts).map((each) => ({
    ...each,
    // From the beginning of the rollout, which reads better than a date in seconds.
    startMs: each.startMs - startMs,
    endMs: each.endMs - startMs,
    canary: countsOf(each.canary, latencyBoundsMs),
    stable: countsOf(each.stable, latencyBoundsMs),
  }));
  return inOrder(all);
}

function usualOf({ before, latencyBoundsMs }: Journal): Usual | undefined {
  return before && { counts: countsOf(before.counts, latencyBoundsMs), spanMs: before.spanMs };
}

/** The timeline of a report: what the rollout saw, and the limits that it had. Times count from its start. */
export function timelineOf(html: string): Timeline {
  const journal = readJournal(html);
  const { policy, service, canary } = journal;
  if (!policy || journal.intervals.length === 0) {
    throw new Error('the report is of a step in which no canary was judged: there is nothing to replay');
  }
  const usual = usualOf(journal);
  return {
    id: `${service.service} ${canary ?? ''}`.trim(),
    policy,
    intervals: intervalsOf(journal, policy.watched),
    ...(usual ? { usual } : {}),
  };
}
