import {
  addHistograms,
  histogramTotal,
  percentileBoundMs,
  percentileMs,
  slowerThan,
} from '@apex-actions/shared/analysis/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const boundsMs = [10, 20, 40, 80];
const histograms = fc
  .array(fc.nat(1000), { minLength: 5, maxLength: 5 })
  .map((counts) => ({ boundsMs, counts }));

describe('a latency histogram', () => {
  it('counts requests slower than a bound exactly, and a limit between bounds as the upper one', () => {
    const histogram = { boundsMs, counts: [1, 2, 4, 8, 16] };
    expect(slowerThan(histogram, 20)).toBe(28);
    expect(slowerThan(histogram, 30)).toBe(24);
    expect(slowerThan(histogram, 20 * (1 + 1e-12))).toBe(28);
    expect(slowerThan(histogram, 0)).toBe(31);
    expect(slowerThan(histogram, 80)).toBe(16);
    expect(slowerThan(histogram, 1e9)).toBe(0);
  });

  it('counts fewer the higher the limit, between none and all', () => {
    fc.assert(
      fc.property(
        histograms,
        fc.double({ min: 0, max: 200, noNaN: true }),
        fc.double({ min: 0, max: 200, noNaN: true }),
        (histogram, a, b) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(slowerThan(histogram, high)).toBeLessThanOrEqual(slowerThan(histogram, low) + 1e-9);
          expect(slowerThan(histogram, low)).toBeLessThanOrEqual(histogramTotal(histogram));
        },
      ),
    );
  });

  it('has a percentile, and above the bound of its bucket surely no more than the rest', () => {
    fc.assert(
      fc.property(histograms, (histogram) => {
        const [p95, bound] = [percentileMs(histogram, 0.95), percentileBoundMs(histogram, 0.95)];
        if (p95 === undefined || bound === undefined) return expect(histogramTotal(histogram)).toBe(0);
        expect(p95).toBeLessThanOrEqual(bound);
        expect(slowerThan(histogram, bound)).toBeLessThanOrEqual(0.05 * histogramTotal(histogram) + 1e-9);
      }),
    );
  });

  it('adds up, and keeps the larger of two that have different buckets', () => {
    const a = { boundsMs, counts: [1, 0, 0, 0, 1] };
    expect(addHistograms(a, a)?.counts).toEqual([2, 0, 0, 0, 2]);
    expect(addHistograms(a, undefined)).toBe(a);
    expect(addHistograms(a, { boundsMs: [5], counts: [1, 0] })).toBe(a);
  });
});
