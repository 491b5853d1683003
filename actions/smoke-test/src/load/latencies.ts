import type { Percentiles } from './plan.ts';

/** Half of a bucket's width: what a percentile may be off by, relative to itself. Three significant figures. */
export const ACCURACY = 0.0005;
/** From one bucket to the next. The mapping is that of DDSketch (Masson, Rim, Lee 2019, https://arxiv.org/abs/1908.10693). */
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const BUCKETS_PER_E = 1 / Math.log(GAMMA);
const SHORTEST_MS = 0.001;
/** What takes longer is counted as this. */
const LONGEST_MS = 24 * 3_600_000;

function bucketOf(ms: number): number {
  const inRange = Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
  return Math.ceil(Math.log(inRange / SHORTEST_MS) * BUCKETS_PER_E);
}

/** Within `ACCURACY` of everything in the bucket. */
function middleMs(bucket: number): number {
  return (SHORTEST_MS * 2 * GAMMA ** bucket) / (GAMMA + 1);
}

const LENGTH = bucketOf(LONGEST_MS) + 1;

/**
 * Counts of latencies, to three significant figures from a microsecond to a day, in 200 kB whatever their number. Not
 * the histogram of `node:perf_hooks`, which can neither be walked nor take a value many times at once: the correction
 * needs both.
 */
export class Latencies {
  readonly #counts = new Float64Array(LENGTH);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  record(ms: number, times = 1): void {
    const bucket = bucketOf(ms);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    this.#count += times;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  add(other: Latencies): void {
    for (const [bucket, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
    this.#count += other.#count;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** Those that occurred, from the shortest to the longest. */
  *entries(): Generator<{ ms: number; count: number }> {
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0) yield { ms: Math.min(middleMs(bucket), this.#maxMs), count };
    }
  }

  /** The smallest latency, in milliseconds, that `percent` of all do not exceed (nearest rank); NaN of none. */
  percentile(percent: number): number {
    const rank = Math.ceil((percent * this.#count) / 100);
    let seen = 0;
    for (const { ms, count } of this.entries()) {
      seen += count;
      if (seen >= rank) return ms;
    }
    return Number.NaN;
  }

  percentiles(): Percentiles {
    return {
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      max: this.#count > 0 ? this.#maxMs : Number.NaN,
    };
  }
}

/**
 * Latencies of somebody who waits for each answer before the next request, corrected for coordinated omission: during
 * an answer of `ms`, requests would have begun every `intervalMs`, and waited for what was left of it. This is
 * `recordValueWithExpectedInterval` of Gil Tene's HdrHistogram
 * (https://github.com/HdrHistogram/HdrHistogram, `AbstractHistogram.java`), afterwards.
 *
 * As the interval we take the median of all answers to the same check; the first versions of wrk took the mean of
 * everything, which the very stalls raise, and with which a check that is always slow looks like a stall among quick
 * ones. What it costs: where a check has two kinds of answers, one rare and many times slower, the slow ones too count
 * as stalls, and the percentiles come out too high. A load with a rate needs no such guess.
 */
export function corrected(measured: Latencies, intervalMs: number): Latencies {
  const result = new Latencies();
  result.add(measured);
  for (const { ms, count } of measured.entries()) {
    for (let leftMs = ms - intervalMs; leftMs >= intervalMs; leftMs -= intervalMs) {
      result.record(leftMs, count);
    }
  }
  return result;
}
