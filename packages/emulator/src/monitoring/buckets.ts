/** Exponential buckets as `BucketOptions.Exponential` in distribution.proto describes them. */
export type ExponentialBuckets = { numFiniteBuckets: number; growthFactor: number; scale: number };

/**
 * Google does not document the buckets of `run.googleapis.com/request_latencies`. These are the ones that its own
 * guide shows for the front end's `https/backend_latencies`
 * (https://github.com/google/slo-generator/pull/56): from 1 ms, √2 apart. Clients must read them from each point.
 */
export const latencyBuckets: ExponentialBuckets = {
  numFiniteBuckets: 64,
  growthFactor: Math.SQRT2,
  scale: 1,
};

/** Inclusive lower bound of a bucket in ms. The underflow bucket starts at 0, since no latency is negative. */
export function lowerBound(bucket: number, { growthFactor, scale }: ExponentialBuckets): number {
  return bucket === 0 ? 0 : scale * growthFactor ** (bucket - 1);
}

/** Exclusive upper bound of a bucket in ms; the overflow bucket has none. */
export function upperBound(
  bucket: number,
  { numFiniteBuckets, growthFactor, scale }: ExponentialBuckets,
): number {
  return bucket > numFiniteBuckets ? Number.POSITIVE_INFINITY : scale * growthFactor ** bucket;
}

/** The bucket that holds a latency. */
export function bucketOf(latencyMs: number, buckets: ExponentialBuckets): number {
  const { numFiniteBuckets, growthFactor, scale } = buckets;
  if (latencyMs < scale) return 0;
  const guess = Math.floor(Math.log(latencyMs / scale) / Math.log(growthFactor)) + 1;
  const bucket = Math.min(guess, numFiniteBuckets + 1);
  // The logarithm is inexact where a latency lies on a bound.
  if (latencyMs < lowerBound(bucket, buckets)) return bucket - 1;
  if (latencyMs >= upperBound(bucket, buckets)) return bucket + 1;
  return bucket;
}
