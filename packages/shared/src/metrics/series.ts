import type { protos } from '@google-cloud/monitoring';
import { type ArmCounts, addCounts, type Interval, noCounts } from '../analysis/evidence.ts';
import type { Histogram } from '../analysis/histogram.ts';
import { wireMs } from '../cloudrun/wire-time.ts';

type TimeSeries = protos.google.monitoring.v3.ITimeSeries;
type Distribution = protos.google.api.IDistribution;

/** A fixed grid of intervals `[startMs + k·periodMs, startMs + (k+1)·periodMs)`. */
export type Grid = { startMs: number; endMs: number; periodMs: number };

/** The whole intervals of Cloud Monitoring's grid between two times: the start is rounded down, the end too. */
export function gridBetween(startMs: number, endMs: number, periodMs: number): Grid {
  const floor = (ms: number) => Math.floor(ms / periodMs) * periodMs;
  return { startMs: floor(startMs), endMs: Math.max(floor(startMs), floor(endMs)), periodMs };
}

/** The finite bounds of a distribution's buckets: `google.api.Distribution.BucketOptions`, all three forms. */
function boundsOf(distribution: Distribution): number[] {
  const options = distribution.bucketOptions;
  const { exponentialBuckets: exponential, linearBuckets: linear, explicitBuckets: explicit } = options ?? {};
  if (exponential) {
    const { numFiniteBuckets: buckets, growthFactor: growth, scale } = exponential;
    return Array.from({ length: (buckets ?? 0) + 1 }, (_, i) => (scale ?? 1) * (growth ?? 1) ** i);
  }
  if (linear) {
    const { numFiniteBuckets: buckets, width, offset } = linear;
    return Array.from({ length: (buckets ?? 0) + 1 }, (_, i) => (offset ?? 0) + (width ?? 1) * i);
  }
  return explicit?.bounds ?? [];
}

function histogramOf(distribution: Distribution): Histogram {
  const boundsMs = boundsOf(distribution);
  // Trailing empty buckets may be left out (distribution.proto).
  const counts = Array.from({ length: boundsMs.length + 1 }, (_, i) =>
    Number(distribution.bucketCounts?.[i] ?? 0),
  );
  return { boundsMs, counts };
}

function countsOf(series: TimeSeries, point: protos.google.monitoring.v3.IPoint): ArmCounts {
  const { distributionValue, int64Value, doubleValue } = point.value ?? {};
  if (distributionValue) return { requests: 0, errors: 0, latencies: histogramOf(distributionValue) };
  const requests = Number(int64Value ?? doubleValue ?? 0);
  const errors = series.metric?.labels?.response_code_class === '5xx' ? requests : 0;
  return { requests, errors, latencies: undefined };
}

/** Counts by revision and by the start of the interval. */
export type CountsByRevision = Map<string, Map<number, ArmCounts>>;

/**
 * Sorts points into the grid by the interval they cover, not by when they arrived. A revision without requests has no
 * series at all, so what is missing here is "nothing seen", which only complete data can turn into "no requests".
 */
export function collect(
  series: readonly TimeSeries[],
  grid: Grid,
  into: CountsByRevision = new Map(),
): CountsByRevision {
  for (const one of series) {
    const revision = one.resource?.labels?.revision_name ?? '';
    const slots = into.get(revision) ?? new Map<number, ArmCounts>();
    into.set(revision, slots);
    for (const point of one.points ?? []) {
      const endMs = wireMs(point.interval?.endTime);
      const slot = Math.round((endMs - grid.startMs) / grid.periodMs) - 1;
      const startMs = grid.startMs + slot * grid.periodMs;
      if (startMs < grid.startMs || startMs >= grid.endMs) continue;
      slots.set(startMs, addCounts(slots.get(startMs) ?? noCounts, countsOf(one, point)));
    }
  }
  return into;
}

/** One interval per slot of the grid, the canary against everything else that served. */
export function intervalsOf(
  counts: CountsByRevision,
  grid: Grid,
  canary: string,
  percentAt: (timeMs: number) => number,
): Interval[] {
  const slots = Math.round((grid.endMs - grid.startMs) / grid.periodMs);
  return Array.from({ length: slots }, (_, slot) => {
    const startMs = grid.startMs + slot * grid.periodMs;
    const endMs = startMs + grid.periodMs;
    const others = [...counts].filter(([revision]) => revision !== canary);
    return {
      startMs,
      endMs,
      percent: percentAt(endMs),
      canary: counts.get(canary)?.get(startMs) ?? noCounts,
      stable: others.reduce((sum, [, slotsOf]) => addCounts(sum, slotsOf.get(startMs) ?? noCounts), noCounts),
    };
  });
}
