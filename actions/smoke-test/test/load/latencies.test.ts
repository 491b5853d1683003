import { createHistogram } from 'node:perf_hooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACCURACY, corrected, Latencies } from '../../src/load/latencies.ts';

/** Whole microseconds, as the histogram of Node's wants them, spread over all magnitudes. */
const latencyMs = fc.double({ min: 0, max: 7.5, noNaN: true }).map((power) => Math.round(10 ** power) / 1000);
const someMs = fc.array(latencyMs, { minLength: 1, maxLength: 200 });
const percents = [1, 25, 50, 75, 90, 95, 99, 99.9, 100];

function latenciesOf(all: readonly number[]): Latencies {
  const latencies = new Latencies();
  for (const ms of all) latencies.record(ms);
  return latencies;
}

function total(latencies: Latencies): number {
  return [...latencies.entries()].reduce((sum, { count }) => sum + count, 0);
}

/** With room for what floating point makes of the bounds of a bucket. */
function expectWithin(got: number, wanted: number, accuracy: number): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(wanted * accuracy * 1.001);
}

test('percentiles are those of the sorted latencies, to three significant figures', () => {
  fc.assert(
    fc.property(someMs, (all) => {
      const latencies = latenciesOf(all);
      const sorted = all.toSorted((a, b) => a - b);
      for (const percent of percents) {
        const wanted = sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? Number.NaN;
        expectWithin(latencies.percentile(percent), wanted, ACCURACY);
      }
      expect(latencies.percentiles().max).toBe(sorted.at(-1));
    }),
  );
});

test("percentiles are those of Node's own histogram", () => {
  fc.assert(
    fc.property(someMs, (all) => {
      const latencies = latenciesOf(all);
      const histogram = createHistogram({ figures: 3 });
      for (const ms of all) histogram.record(Math.round(ms * 1000));
      // Where the rank is a whole number; otherwise Node's rounds it, and the nearest rank is the next.
      for (const percent of [100, ...all.map((_, i) => (100 * (i + 1)) / all.length)].filter((each) =>
        Number.isInteger((each * all.length) / 100),
      )) {
        expectWithin(latencies.percentile(percent), histogram.percentile(percent) / 1000, ACCURACY + 0.001);
      }
    }),
  );
});

test('adding is the same as recording both', () => {
  fc.assert(
    fc.property(someMs, someMs, (some, others) => {
      const sum = latenciesOf(some);
      sum.add(latenciesOf(others));
      const both = latenciesOf([...some, ...others]);
      expect([...sum.entries()]).toEqual([...both.entries()]);
      expect(sum.percentiles()).toEqual(both.percentiles());
    }),
  );
});

test('nothing has no percentiles', () => {
  const nothing = { p50: Number.NaN, p90: Number.NaN, p95: Number.NaN, p99: Number.NaN, max: Number.NaN };
  expect(new Latencies().percentiles()).toEqual(nothing);
});

test('what is out of range is counted at its end', () => {
  const latencies = latenciesOf([0, -1, 0.0001, 1e12]);
  expect(total(latencies)).toBe(4);
  expectWithin(latencies.percentile(75), 0.001, ACCURACY);
  expectWithin(latencies.percentile(100), 24 * 3_600_000, ACCURACY);
});

test('a steady series is not corrected', () => {
  fc.assert(
    fc.property(
      latencyMs,
      fc.array(fc.double({ min: 1, max: 1.99, noNaN: true }), { minLength: 1 }),
      (ms, times) => {
        const steady = latenciesOf(times.map((each) => each * ms));
        expect([...corrected(steady, ms).entries()]).toEqual([...steady.entries()]);
      },
    ),
  );
});

test('a stall adds the requests that it kept from beginning, evenly spread over it', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 100, noNaN: true }),
      fc.integer({ min: 2, max: 2000 }),
      fc.integer({ min: 1, max: 5 }),
      (intervalMs, intervals, stalls) => {
        const stallMs = intervalMs * intervals;
        const measured = latenciesOf(Array.from({ length: stalls }, () => stallMs));
        const result = corrected(measured, intervalMs);
        const added = (result.count - stalls) / stalls;
        // The resolution of a long stall may be more than an interval.
        expect(Math.abs(added - (intervals - 1))).toBeLessThanOrEqual(1 + intervals * ACCURACY);
        expect(result.count).toBe(total(result));
        expect(Math.abs(result.percentile(50) - stallMs / 2)).toBeLessThanOrEqual(
          intervalMs + stallMs * 2 * ACCURACY,
        );
        expect(result.percentiles().max).toBe(measured.percentiles().max);
      },
    ),
  );
});
