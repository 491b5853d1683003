/**
 * Counts of requests by latency. `bounds` are the finite upper bounds of the buckets in milliseconds, ascending; there
 * is one more count than bounds (the overflow bucket). The shape is that of `google.api.Distribution`, whose bucket `i`
 * covers `[bounds[i-1], bounds[i])`.
 */
export type Histogram = { boundsMs: readonly number[]; counts: readonly number[] };

export function histogramTotal({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Adds two histograms of the same bounds; of two different grids the one with more requests is kept. */
export function addHistograms(a: Histogram | undefined, b: Histogram | undefined): Histogram | undefined {
  if (!a || !b) return a ?? b;
  const sameBounds =
    a.boundsMs.length === b.boundsMs.length && a.boundsMs.every((bound, i) => bound === b.boundsMs[i]);
  if (!sameBounds) return histogramTotal(a) >= histogramTotal(b) ? a : b;
  const length = Math.max(a.counts.length, b.counts.length);
  return {
    boundsMs: a.boundsMs,
    counts: Array.from({ length }, (_, i) => (a.counts[i] ?? 0) + (b.counts[i] ?? 0)),
  };
}

function bucketEdges({ boundsMs }: Histogram, index: number): { low: number; high: number } {
  const low = index === 0 ? 0 : (boundsMs[index - 1] ?? 0);
  return { low, high: boundsMs[index] ?? Number.POSITIVE_INFINITY };
}

/** Bounds that are powers of a growth factor are computed by different routes. */
const SAME = 1 - 1e-9;

/**
 * How many requests surely took longer than `limitMs`: those of buckets that lie wholly above it. So a limit inside a bucket
 * counts as that bucket's upper bound, and nobody is blamed for what the bucket does not show.
 */
export function slowerThan(histogram: Histogram, limitMs: number): number {
  return histogram.counts.reduce(
    (sum, count, index) => (bucketEdges(histogram, index).low >= limitMs * SAME ? sum + count : sum),
    0,
  );
}

/** The upper bound of the bucket in which that share of the requests is reached; Infinity in the overflow bucket. */
export function percentileBoundMs(histogram: Histogram, share: number): number | undefined {
  const wanted = histogramTotal(histogram) * share;
  let seen = 0;
  for (const [index, count] of histogram.counts.entries()) {
    seen += count;
    if (count > 0 && seen >= wanted) return bucketEdges(histogram, index).high;
  }
  return undefined;
}

/**
 * The latency below which `share` of the requests stayed, by linear interpolation within its bucket, as Cloud Monitoring
 * does for `ALIGN_PERCENTILE_95`. In the overflow bucket its lower bound. `undefined` without requests.
 */
export function percentileMs(histogram: Histogram, share: number): number | undefined {
  const total = histogramTotal(histogram);
  if (total === 0) return undefined;
  const wanted = total * share;
  let seen = 0;
  for (const [index, count] of histogram.counts.entries()) {
    if (count > 0 && seen + count >= wanted) {
      const { low, high } = bucketEdges(histogram, index);
      return Number.isFinite(high) ? low + ((high - low) * Math.max(0, wanted - seen)) / count : low;
    }
    seen += count;
  }
  return undefined;
}
