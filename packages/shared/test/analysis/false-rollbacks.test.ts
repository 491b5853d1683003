import { judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import { binomialFromMode as binomial, seeded } from '@apex-actions/testkit/random';
import { describe, expect, it } from 'vitest';
import { arm, policy } from './support.ts';

const RUNS = 1000;
const INTERVALS = 40;
const ALPHA = 0.05;
/** Four standard deviations above what is allowed: a broken guarantee shows, chance does not. */
const ALLOWED = RUNS * ALPHA + 4 * Math.sqrt(RUNS * ALPHA * (1 - ALPHA));

/** Shares of both arms; `rate`: requests a second where they are others than usual. */
type World = { canary: number; stable: number; rate?: number };

/** The weight doubles half way. */
const doubling = (weight: number) => (interval: number) =>
  interval < INTERVALS / 2 ? weight : Math.min(50, 2 * weight);

/** Looks after every interval; intervals are of any length. */
function falseRollbacks(
  usualRate: number,
  percentAt: (interval: number) => number,
  worldAt: (interval: number) => World,
): number {
  const random = seeded(20_261_121);
  let rolledBack = 0;
  for (let run = 0; run < RUNS; run++) {
    let judge = startJudge({ ...policy, confidence: 1 - ALPHA }, undefined);
    for (let i = 0; i < INTERVALS; i++) {
      const percent = percentAt(i);
      const { rate = usualRate, ...world } = worldAt(i);
      const requests = Math.round(rate * 60 * (0.1 + 1.8 * random()));
      const n = binomial(requests, percent / 100, random);
      judge = judgeInterval(judge, {
        startMs: i * 60_000,
        endMs: (i + 1) * 60_000,
        percent,
        canary: arm(n, binomial(n, world.canary, random)),
        stable: arm(requests - n, binomial(requests - n, world.stable, random)),
      });
      if (judge.failed) {
        rolledBack += 1;
        break;
      }
    }
  }
  return rolledBack;
}

const worlds: [string, (interval: number) => World][] = [
  ['flawless', () => ({ canary: 0, stable: 0 })],
  ['at the limit', () => ({ canary: 0.01, stable: 0.001 })],
  ['at twice stable', () => ({ canary: 0.04, stable: 0.02 })],
  ['at both', () => ({ canary: 0.01, stable: 0.005 })],
  ['drifting base', (i) => ({ canary: 0.002 + 0.0008 * i, stable: 0.001 + 0.0004 * i })],
  ['shared outage', (i) => (i % 15 > 10 ? { canary: 0.3, stable: 0.3 } : { canary: 0.005, stable: 0.005 })],
  [
    'shared outage of a release at the limit and above the ratio',
    (i) => (i % 15 > 10 ? { canary: 0.3, stable: 0.3 } : { canary: 0.01, stable: 0.001 }),
  ],
  [
    'errors of its own, at the limit, that come on top of those of a shared, partial outage',
    (i) => (i % 2 ? { canary: 0.03, stable: 0.02 } : { canary: 0.01, stable: 0.001 }),
  ],
];

describe.each(worlds)('a release that is within its limits: %s', (_, worldAt) => {
  it.each([
    [0.1, 1],
    [0.1, 50],
    [1, 10],
    [1, 50],
    [10, 5],
    [10, 50],
  ])('is rolled back seldom enough at %d requests a second and %d %%', (rate, weight) => {
    expect(falseRollbacks(rate, doubling(weight), worldAt)).toBeLessThanOrEqual(ALLOWED);
  });
});

describe('a release exactly at the limit, beside a flawless stable', () => {
  // What is not spent here would be time lost with bad releases.
  it.each([
    [10, 50],
    [30, 50],
  ])('uses most of the error budget at %d requests a second and %d %%', (rate, weight) => {
    const rolledBack = falseRollbacks(rate, doubling(weight), () => ({ canary: 0.01, stable: 0 }));
    expect(rolledBack).toBeGreaterThan((RUNS * ALPHA) / 2);
    expect(rolledBack).toBeLessThanOrEqual(ALLOWED);
  });
});

describe('over the range of what services show', () => {
  const shares = [0, 0.0005, 0.001, 0.005, 0.01, 0.02];
  it.each(
    shares.flatMap((base) =>
      [
        [1, 25],
        [10, 1],
        [30, 50],
      ].map(([rate = 0, weight = 0]) => ({ base, rate, weight })),
    ),
  )(
    'a release like stable at $base, $rate requests a second and $weight % is rolled back seldom enough',
    ({ base, rate, weight }) => {
      expect(
        falseRollbacks(rate, doubling(weight), () => ({ canary: base, stable: base })),
      ).toBeLessThanOrEqual(ALLOWED);
    },
  );

  it.each([0.001, 0.005, 0.02])('a release half as bad again as stable at %f, too', (base) => {
    const world = () => ({ canary: 1.5 * base, stable: base });
    expect(falseRollbacks(10, doubling(25), world)).toBeLessThanOrEqual(ALLOWED);
  });

  it.each([
    [1, 0.02],
    [10, 0.01],
    [10, 0.02],
    [10, 0.05],
    [10, 0.3],
    [100, 0.01],
    [100, 0.05],
  ])(
    'one that is now within the limit and now within twice stable, at %i requests a second, too',
    (rate, high) => {
      // Above the ratio in calm minutes, above the limit in every fifth.
      const world = (i: number) =>
        i % 5 === 4 ? { canary: 2 * high, stable: high } : { canary: 0.01, stable: 0.001 };
      expect(falseRollbacks(rate, doubling(25), world)).toBeLessThanOrEqual(ALLOWED);
    },
  );
});

describe('a release that fails like a stable which is above the limit', () => {
  it.each([
    ['so little traffic that many an interval has none of stable’s', 1, 50, 0.1],
    ['hardly any traffic of stable', 6, 90, 0.05],
    ['little traffic of stable', 60, 95, 0.05],
  ])('is rolled back seldom enough with %s', (_, perMinute, percent, share) => {
    expect(
      falseRollbacks(
        perMinute / 60,
        () => percent,
        () => ({ canary: share, stable: share }),
      ),
    ).toBeLessThanOrEqual(ALLOWED);
  });

  it.each([
    [10, 50, 10, 0.2],
    [10, 50, 20, 0.1],
    [20, 50, 20, 0.03],
  ])(
    'in an outage that most users stay away from, too: %i requests a second before',
    (rate, percent, left, share) => {
      const worldAt = (i: number) =>
        i < INTERVALS / 2 ? { canary: 0.01, stable: 0 } : { canary: share, stable: share, rate: left / 60 };
      expect(falseRollbacks(rate, () => percent, worldAt)).toBeLessThanOrEqual(ALLOWED);
    },
  );
});

describe('at a hundred requests a second', () => {
  it.each(worlds.slice(1, 4))('a release %s is rolled back seldom enough', (_, worldAt) => {
    expect(falseRollbacks(100, doubling(10), worldAt)).toBeLessThanOrEqual(ALLOWED);
  });
});
