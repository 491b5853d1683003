import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossing } from '../brent.ts';
import { shiftBetween, uStatistic } from '../mann-whitney.ts';

const QUANTILE_95 = 1.959963984540054;
const QUANTILE_98 = 2.3263478740408408;

/** A sample from pairs of a value and how often it occurs. */
const sample = (...counts: readonly [value: number, times: number][]) =>
  counts.flatMap(([value, times]) => Array.from({ length: times }, () => value));

describe('U', () => {
  it('of the ozone of New York in May and August 1973 is the W = 127.5 of the manual of wilcox.test in R', () => {
    const may = [
      41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37,
    ];
    const august = [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84,
      85,
    ];
    expect(uStatistic(may, august)).toBe(127.5);
  });

  it('of permeability at term and at 12 to 26 weeks (Hollander and Wolfe, table 4.1) is 35', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    expect(uStatistic(term, [1.15, 0.88, 0.9, 0.74, 1.21])).toBe(35);
  });

  it('counts the pairs in which the first sample is larger, ties as halves', () => {
    const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        const pairs = x.flatMap((a) => y.map((b): number => (a > b ? 1 : a === b ? 0.5 : 0)));
        expect(uStatistic(x, y)).toBe(pairs.reduce((sum, pair) => sum + pair, 0));
      }),
    );
  });
});

/** Values that the tests of Kayenta took from R. */
describe('the interval for the shift', () => {
  it('of two samples of four is that of R', () => {
    const { lower, upper, estimate } = shiftBetween([10, 20, 30, 40], [1, 2, 3, 4], QUANTILE_95);
    expect(lower).toBeCloseTo(6, 6);
    expect(upper).toBeCloseTo(39, 6);
    expect(estimate).toBeCloseTo(22.5, 6);
  });

  it('of two samples of 90 with many ties is that of R, with its tolerance', () => {
    // biome-ignore format: a sample is a row or two
    const x = sample(
      [1.5, 9], [2, 16], [2.5, 22], [3, 17], [3.5, 9], [4, 5], [4.5, 1],
      [5, 3], [5.5, 1], [6, 2], [6.5, 2], [7, 1], [7.5, 1], [16.5, 1],
    );
    // biome-ignore format: as above
    const y = sample(
      [1.5, 2], [2, 16], [2.5, 18], [3, 16], [3.5, 10], [4, 8], [4.5, 4],
      [5, 6], [5.5, 2], [6, 5], [8, 1], [15.5, 1], [54.5, 1],
    );
    const { lower, upper, estimate } = shiftBetween(x, y, QUANTILE_95);
    expect(lower).toBeCloseTo(-0.500002521696696, 6);
    expect(upper).toBeCloseTo(-3.486287505871302e-5, 6);
    expect(estimate).toBeCloseTo(-0.4999393907180323, 3);
  });

  it('of two samples of 180 at 98 % is that of R', () => {
    // biome-ignore format: as above
    const x = sample(
      [0.5, 20], [1, 41], [1.5, 67], [2, 37], [2.5, 3], [3, 2], [3.5, 3], [4, 1], [5, 1], [5.5, 3], [8.5, 1], [19, 1],
    );
    // biome-ignore format: as above
    const y = sample(
      [0, 1], [0.5, 7], [1, 32], [1.5, 70], [2, 33], [2.5, 22], [3, 6], [3.5, 2], [4, 3], [4.5, 1], [5.5, 1], [7, 1],
      [7.5, 1],
    );
    const { lower, upper, estimate } = shiftBetween(x, y, QUANTILE_98);
    expect(lower).toBeCloseTo(-0.4999173250549087, 6);
    expect(upper).toBeCloseTo(-6.912685789769486e-6, 6);
    expect(estimate).toBeCloseTo(-3.45044082729315e-5, 3);
  });

  it('of a single value on each side is their difference', () => {
    expect(shiftBetween([5, 5, 5], [2, 2], QUANTILE_98)).toEqual({ lower: 3, upper: 3, estimate: 3 });
  });

  it('turns round with the samples, up to twice the tolerance where values are apart', () => {
    const values = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 5, maxLength: 15 });
    fc.assert(
      fc.property(values, values, (x, y) => {
        const there = shiftBetween(x, y, QUANTILE_98);
        const back = shiftBetween(y, x, QUANTILE_98);
        expect(Math.abs(there.lower + back.upper)).toBeLessThan(2e-4);
        expect(there.lower).toBeLessThanOrEqual(there.upper + 2e-4);
      }),
    );
  });
});

describe('Brent’s method', () => {
  it('finds where cos x = x', () => {
    expect(crossing((x) => Math.cos(x) - x, 0, 1, 1e-9)).toBeCloseTo(0.7390851332, 9);
  });

  it('finds a jump', () => {
    expect(Math.abs(crossing((x) => (x < 0.3 ? 1 : -1), -2, 5, 1e-4) - 0.3)).toBeLessThan(1e-4);
  });

  it('answers an end that is zero', () => {
    expect(crossing((x) => 2 - x, 2, 3, 1e-4)).toBe(2);
    expect(crossing((x) => 3 - x, 2, 3, 1e-4)).toBe(3);
  });
});
