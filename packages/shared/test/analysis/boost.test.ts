import { betsOver, MULTIPLES } from '@apex-actions/shared/analysis/bets';
import { logBoost } from '@apex-actions/shared/analysis/boost';
import { type Comparison, gainsAbove, gainsBeside } from '@apex-actions/shared/analysis/gains';
import { binomialTail } from '@apex-actions/shared/analysis/tail';
import { binomialChances } from '@apex-actions/testkit/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const TARGET = 100;
const needed = Math.log(TARGET);

const wealthAfter = (wealth: readonly number[], gains: readonly number[]) =>
  wealth.reduce((sum, value, i) => sum + Math.exp(value + (gains[i] ?? 0)), 0);

/** The mean of the wealth after an interval, cut off at the target, where the canary's share is just what is allowed. */
function meanBeside(
  comparison: Comparison,
  wealth: readonly number[],
  canary: number,
  stable: number,
  share: number,
): number {
  const inStable = binomialChances(stable, share);
  return binomialChances(canary, Math.min(1, comparison.ratio * share)).reduce(
    (sum, chance, bad) =>
      sum +
      inStable.reduce((inner, other, otherBad) => {
        if (chance * other < 1e-15) return inner;
        const arms = [
          { n: canary, bad },
          { n: stable, bad: otherBad },
        ] as const;
        const gains = gainsBeside(needed, bets, comparison, wealth, ...arms);
        return inner + chance * other * Math.min(TARGET, wealthAfter(wealth, gains));
      }, 0),
    0,
  );
}

/** Wealth of each bet, any split of a total between almost nothing and just short of the target. */
const wealthsOf = (bets: number) =>
  fc
    .tuple(
      fc.double({ min: -3, max: 0, noNaN: true }),
      fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: bets, maxLength: bets }),
    )
    .map(([short, parts]) => {
      const sum = parts.reduce((a, b) => a + b);
      return parts.map((part) => Math.log((part / sum) * TARGET * 0.99) + short);
    });
const bets = betsOver(0.01);

describe('the boost', () => {
  it('leaves the expectation of the wealth, cut off at the target, where it was: against a limit', () => {
    fc.assert(
      fc.property(
        wealthsOf(bets.shares.length),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.001, max: 0.4, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (wealth, n, limit, part) => {
          const { shares } = betsOver(limit);
          const expected = binomialChances(n, limit * part || 1e-9).reduce((sum, chance, bad) => {
            const after = wealthAfter(wealth, gainsAbove(needed, shares, wealth, { n, bad }, limit));
            return sum + chance * Math.min(TARGET, after);
          }, 0);
          expect(expected).toBeLessThanOrEqual(wealthAfter(wealth, []) * (1 + 1e-6));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    [10, 30, 0.5],
    [10, 90, 0.05],
    [40, 80, 0.02],
    [3, 1000, 0.05],
    [5, 200, 0.01],
  ])('… and against stable: %i and %i requests, shares up to %f', (canaryMost, stableMost, most) => {
    fc.assert(
      fc.property(
        wealthsOf(bets.shares.length + MULTIPLES.length),
        fc.integer({ min: 1, max: canaryMost }),
        fc.integer({ min: 1, max: stableMost }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
        fc.constantFrom(1, 1.25, 1.5, 2, 3),
        (wealth, canary, stable, part, predicted, ratio) => {
          const expected = meanBeside(
            { ratio, predicted },
            wealth,
            canary,
            stable,
            Math.max(1e-9, most * part),
          );
          expect(expected).toBeLessThanOrEqual(wealthAfter(wealth, []) * (1 + 1e-6));
        },
      ),
      { numRuns: 60 },
    );
  });

  // Of few requests of the canary more than one is bad less seldom than a binomial count would have it.
  it.each([
    [1, 2],
    [1.25, 2],
  ])('… by far the most of them stable’s, at a ratio of %f', (ratio, canary) => {
    const wealth = [Number.NEGATIVE_INFINITY, Math.log(TARGET / 10)];
    const comparison = { ratio, predicted: 0.0005 };
    expect(meanBeside(comparison, wealth, canary, 1000, 0.03)).toBeLessThanOrEqual(TARGET / 10);
  });

  it('is worth something just before the verdict, and nothing to a poor or a sure one', () => {
    const round = (wealth: number) => ({
      stakes: [{ logWealth: Math.log(wealth), share: 0.05 }],
      trials: 200,
      fair: 0.01,
      worst: 0.01,
      logTarget: Math.log(TARGET),
    });
    expect(logBoost(round(30))).toBeGreaterThan(0.1);
    expect(logBoost(round(1e-9))).toBeLessThan(1e-3);
    expect(logBoost(round(TARGET))).toBe(0);
    expect(logBoost({ ...round(30), trials: 1e9 })).not.toBeNaN();
  });
});

describe('the tail of a binomial count', () => {
  it('is the sum of its chances', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.nat(300),
        (n, share, from) => {
          const sum = binomialChances(n, share)
            .slice(from)
            .reduce((a, b) => a + b, 0);
          expect(binomialTail(n, share, from)).toBeCloseTo(sum, 9);
        },
      ),
    );
  });

  it('is certain of none and impossible beyond all', () => {
    expect(binomialTail(10, 0.5, 0)).toBe(1);
    expect(binomialTail(10, 0.5, 11)).toBe(0);
  });
});
