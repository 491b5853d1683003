/**
 * A `google.api.Distribution` over the latency buckets. `bucketCounts` stops after the last bucket that is not empty, as
 * distribution.proto allows.
 */
export type Distribution = {
  count: number;
  mean: number;
  sumOfSquaredDeviation: number;
  bucketCounts: number[];
};

export const emptyDistribution: Distribution = {
  count: 0,
  mean: 0,
  sumOfSquaredDeviation: 0,
  bucketCounts: [],
};

/** One value (Welford's method, which distribution.proto names for `sum_of_squared_deviation`). */
export function withValue(distribution: Distribution, value: number, bucket: number): Distribution {
  const count = distribution.count + 1;
  const deviation = value - distribution.mean;
  const mean = distribution.mean + deviation / count;
  const bucketCounts = distribution.bucketCounts.slice();
  while (bucketCounts.length <= bucket) bucketCounts.push(0);
  bucketCounts[bucket] = (bucketCounts[bucket] ?? 0) + 1;
  return {
    count,
    mean,
    sumOfSquaredDeviation: distribution.sumOfSquaredDeviation + deviation * (value - mean),
    bucketCounts,
  };
}

/** Both populations together (the pairwise form of Welford's method, Chan, Golub and LeVeque 1979). */
export function merged(a: Distribution, b: Distribution): Distribution {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const apart = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (apart * b.count) / count,
    sumOfSquaredDeviation:
      a.sumOfSquaredDeviation + b.sumOfSquaredDeviation + (apart * apart * a.count * b.count) / count,
    bucketCounts: Array.from(
      { length: Math.max(a.bucketCounts.length, b.bucketCounts.length) },
      (_, index) => (a.bucketCounts[index] ?? 0) + (b.bucketCounts[index] ?? 0),
    ),
  };
}

/**
 * The whole events that fall between two shares (0 to 1) of an interval over which `count` events spread evenly. Slices
 * that adjoin add up to the whole: each edge is rounded, not each slice.
 */
export function countBetween(count: number, fromShare: number, toShare: number): number {
  return Math.round(count * toShare) - Math.round(count * fromShare);
}

/**
 * As `countBetween`, bucket by bucket, so that a slice may hold half an event per bucket more or less than its share of
 * the count. It keeps the mean and variance of the whole.
 */
export function sliceBetween(distribution: Distribution, fromShare: number, toShare: number): Distribution {
  const bucketCounts = distribution.bucketCounts.map((count) => countBetween(count, fromShare, toShare));
  while (bucketCounts.at(-1) === 0) bucketCounts.pop();
  const count = bucketCounts.reduce((sum, bucket) => sum + bucket, 0);
  if (count === 0) return emptyDistribution;
  return {
    count,
    mean: distribution.mean,
    sumOfSquaredDeviation: distribution.sumOfSquaredDeviation * (count / distribution.count),
    bucketCounts,
  };
}
