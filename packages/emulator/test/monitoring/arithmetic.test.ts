import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align } from '../../src/monitoring/alignment.ts';
import { bucketOf, latencyBuckets, lowerBound, upperBound } from '../../src/monitoring/buckets.ts';
import {
  type Distribution,
  emptyDistribution,
  merged,
  withValue,
} from '../../src/monitoring/distribution.ts';
import { alignmentPeriods, sampleInterval } from '../../src/monitoring/grid.ts';
import type { PointValue } from '../../src/monitoring/metrics.ts';
import { percentile } from '../../src/monitoring/percentile.ts';
import { reduce } from '../../src/monitoring/reduction.ts';
import type { Sample } from '../../src/monitoring/store.ts';

const latency = fc.double({ min: 0, max: 1e6, noNaN: true });
const of = (latencies: readonly number[]): Distribution =>
  latencies.reduce(
    (distribution, value) => withValue(distribution, value, bucketOf(value, latencyBuckets)),
    emptyDistribution,
  );
const periodMs = 60_000;
const samples: fc.Arbitrary<Sample[]> = fc
  .uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 30 }), fc.array(latency, { minLength: 1, maxLength: 20 })),
    {
      selector: ([index]) => index,
      maxLength: 12,
    },
  )
  .map((found) =>
    found
      .toSorted(([a], [b]) => a - b)
      .map(([index, latencies]) => ({
        startMs: (index - 1) * periodMs,
        endMs: index * periodMs,
        latencies: of(latencies),
      })),
  );

const countOf = (value: PointValue): number =>
  value.type === 'DISTRIBUTION' ? value.value.count : value.value;
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('a distribution', () => {
  it('agrees with its definition', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 50 }), (latencies) => {
        const distribution = of(latencies);
        const mean = total(latencies) / latencies.length;
        expect(distribution.count).toBe(latencies.length);
        expect(total(distribution.bucketCounts)).toBe(latencies.length);
        expect(Math.abs(distribution.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + mean));
        const deviation = total(latencies.map((value) => (value - mean) ** 2));
        expect(Math.abs(distribution.sumOfSquaredDeviation - deviation)).toBeLessThanOrEqual(
          1e-6 * (1 + deviation),
        );
      }),
    );
  });

  it('merges as if it had been one', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (a, b) => {
        const both = merged(of(a), of(b));
        const one = of([...a, ...b]);
        expect(both.count).toBe(one.count);
        expect(both.bucketCounts).toEqual(one.bucketCounts);
        expect(Math.abs(both.mean - one.mean)).toBeLessThanOrEqual(1e-9 * (1 + one.mean));
        expect(Math.abs(both.sumOfSquaredDeviation - one.sumOfSquaredDeviation)).toBeLessThanOrEqual(
          1e-6 * (1 + one.sumOfSquaredDeviation),
        );
      }),
    );
  });

  it('puts every value in the bucket whose bounds hold it', () => {
    const bounds = Array.from({ length: 65 }, (_, index) => lowerBound(index + 1, latencyBuckets));
    fc.assert(
      fc.property(fc.oneof(latency, fc.constantFrom(...bounds), fc.constant(1e12)), (value) => {
        const bucket = bucketOf(value, latencyBuckets);
        expect(bucket).toBeLessThanOrEqual(latencyBuckets.numFiniteBuckets + 1);
        expect(value).toBeGreaterThanOrEqual(lowerBound(bucket, latencyBuckets));
        expect(value).toBeLessThan(upperBound(bucket, latencyBuckets));
      }),
    );
  });

  it('has percentiles in the bucket where the ranked value lies, rising with the rank', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 50 }), (latencies) => {
        const distribution = of(latencies);
        const sorted = latencies.toSorted((a, b) => a - b);
        let before = 0;
        for (const percent of [5, 50, 95, 99]) {
          const value = percentile(distribution, percent, latencyBuckets) ?? Number.NaN;
          const ranked = sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
          const bucket = bucketOf(ranked, latencyBuckets);
          expect(value).toBeGreaterThanOrEqual(lowerBound(bucket, latencyBuckets));
          expect(value).toBeLessThanOrEqual(upperBound(bucket, latencyBuckets));
          expect(value).toBeGreaterThanOrEqual(before);
          before = value;
        }
      }),
    );
    expect(percentile(emptyDistribution, 95, latencyBuckets)).toBeUndefined();
  });
});

describe('the grid', () => {
  it('holds every moment in the one interval that ends at or after it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2e12 }),
        fc.integer({ min: 1, max: 60_000 }),
        (timeMs, samplePeriodMs) => {
          const { startMs, endMs } = sampleInterval(timeMs, samplePeriodMs);
          expect(startMs).toBeLessThan(timeMs);
          expect(endMs).toBeGreaterThanOrEqual(timeMs);
          expect(endMs % samplePeriodMs).toBe(0);
        },
      ),
    );
  });

  it('has periods that adjoin, end at the end and cover the interval', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 100_000 }), (startMs, lengthMs) => {
        const endMs = startMs + lengthMs;
        const periods = alignmentPeriods({ startMs, endMs }, 700);
        expect(periods.at(-1)?.endMs).toBe(endMs);
        expect(periods[0]?.startMs).toBeLessThanOrEqual(startMs);
        expect(periods[0]?.endMs).toBeGreaterThan(startMs);
        for (const [index, period] of periods.entries()) {
          expect(period.endMs - period.startMs).toBe(700);
          if (index > 0) expect(period.startMs).toBe(periods[index - 1]?.endMs);
        }
      }),
    );
  });
});

describe('alignment', () => {
  const anyEnd = fc.integer({ min: 30 * periodMs, max: 33 * periodMs });
  const anyPeriod = fc.integer({ min: periodMs, max: 5 * periodMs });

  it('keeps totals, whatever the end and the period', () => {
    fc.assert(
      fc.property(samples, anyEnd, anyPeriod, (given, endMs, alignmentMs) => {
        const interval = { startMs: 0, endMs };
        const expected = total(given.map(({ latencies }) => latencies.count));
        for (const valueType of ['INT64', 'DISTRIBUTION'] as const) {
          const points = align(given, valueType, 'ALIGN_DELTA', interval, alignmentMs);
          expect(total(points.map(({ value }) => countOf(value)))).toBe(expected);
          for (const { value } of points) expect(countOf(value)).toBeGreaterThanOrEqual(0);
        }
        const sums = align(given, 'INT64', 'ALIGN_SUM', interval, alignmentMs);
        expect(total(sums.map(({ value }) => countOf(value)))).toBe(expected);
        const sampleCounts = align(given, 'INT64', 'ALIGN_COUNT', interval, alignmentMs);
        expect(total(sampleCounts.map(({ value }) => countOf(value)))).toBe(given.length);
        const rates = align(given, 'INT64', 'ALIGN_RATE', interval, alignmentMs);
        const events = total(rates.map(({ value }) => countOf(value) * (alignmentMs / 1000)));
        expect(Math.abs(events - expected)).toBeLessThan(1e-6);
      }),
    );
  });

  it('keeps every sample whole where the periods lie on the grid', () => {
    fc.assert(
      fc.property(samples, (given) => {
        const points = align(
          given,
          'DISTRIBUTION',
          'ALIGN_DELTA',
          { startMs: 0, endMs: 30 * periodMs },
          periodMs,
        );
        const filled = points.filter(({ value }) => countOf(value) > 0);
        expect(filled.map(({ endMs, value }) => [endMs, value.value])).toEqual(
          given.map(({ endMs, latencies }) => [endMs, latencies]),
        );
      }),
    );
  });

  it('shares the requests of a cut sample in proportion, to a request', () => {
    fc.assert(
      fc.property(samples, anyEnd, anyPeriod, (given, endMs, alignmentMs) => {
        for (const point of align(given, 'INT64', 'ALIGN_DELTA', { startMs: 0, endMs }, alignmentMs)) {
          const exact = given.map((sample) => {
            const overlapMs = Math.min(sample.endMs, point.endMs) - Math.max(sample.startMs, point.startMs);
            return (sample.latencies.count * Math.max(0, overlapMs)) / periodMs;
          });
          expect(Math.abs(countOf(point.value) - total(exact))).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  it('answers a query that begins at the epoch', () => {
    const endMs = 1_800_000_000_000;
    const sample = { startMs: endMs - 1000, endMs, latencies: of([1]) };
    expect(align([sample], 'INT64', 'ALIGN_DELTA', { startMs: 0, endMs }, 1000)).toHaveLength(1);
    expect(align([], 'INT64', 'ALIGN_DELTA', { startMs: 0, endMs }, 1000)).toEqual([]);
  });
});

describe('reduction', () => {
  const revisions = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('2xx', '5xx'), samples),
    {
      maxLength: 6,
    },
  );

  it('keeps totals per period, with and without groups', () => {
    fc.assert(
      fc.property(
        revisions,
        fc.subarray(['resource.labels.revision_name', 'metric.labels.response_code_class']),
        (given, groupBy) => {
          for (const valueType of ['INT64', 'DISTRIBUTION'] as const) {
            const series = given.map(([revision_name, response_code_class, own]) => ({
              labels: { resource: { revision_name }, metric: { response_code_class } },
              points: align(own, valueType, 'ALIGN_DELTA', { startMs: 0, endMs: 30 * periodMs }, periodMs),
            }));
            const byEnd = (all: typeof series): Record<number, number> => {
              const sums: Record<number, number> = {};
              for (const { endMs, value } of all.flatMap(({ points }) => points)) {
                sums[endMs] = (sums[endMs] ?? 0) + countOf(value);
              }
              return sums;
            };
            const reduced = reduce(series, 'REDUCE_SUM', groupBy) as typeof series;
            expect(byEnd(reduced)).toEqual(byEnd(series));
            const keys = reduced.map(({ labels }) => JSON.stringify(labels));
            expect(new Set(keys).size).toBe(keys.length);
            if (groupBy.length === 0) expect(keys.length).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
