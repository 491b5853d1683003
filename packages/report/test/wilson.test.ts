import { describe, expect, it } from 'vitest';
import { wilson } from '../src/wilson.ts';

describe('the confidence band', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    { bad: 81, n: 263, low: 0.2553, high: 0.3662 },
    { bad: 15, n: 148, low: 0.0624, high: 0.1605 },
    { bad: 0, n: 20, low: 0, high: 0.1611 },
    { bad: 1, n: 29, low: 0.0061, high: 0.1718 },
  ])('of $bad in $n is as published', ({ bad, n, low, high }) => {
    const band = wilson(bad, n);
    expect(band.low).toBeCloseTo(low, 4);
    expect(band.high).toBeCloseTo(high, 4);
  });

  it('of nothing is everything, and ends at 0 and 1', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(wilson(5, 5)).toMatchObject({ high: 1 });
    expect(wilson(0, 5)).toMatchObject({ low: 0 });
  });
});
