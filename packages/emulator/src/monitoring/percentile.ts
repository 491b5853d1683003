import { type ExponentialBuckets, lowerBound, upperBound } from './buckets.ts';
import type { Distribution } from './distribution.ts';

/**
 * The `percent`th percentile in the unit of the buckets, or undefined of nothing. Within a bucket the values count as
 * evenly spread; the overflow bucket, which has no upper bound, answers its lower one.
 */
export function percentile(
  distribution: Distribution,
  percent: number,
  buckets: ExponentialBuckets,
): number | undefined {
  const rank = (distribution.count * percent) / 100;
  let below = 0;
  for (const [bucket, count] of distribution.bucketCounts.entries()) {
    if (count > 0 && below + count >= rank) {
      const lower = lowerBound(bucket, buckets);
      const upper = upperBound(bucket, buckets);
      return Number.isFinite(upper) ? lower + ((upper - lower) * (rank - below)) / count : lower;
    }
    below += count;
  }
  return undefined;
}
