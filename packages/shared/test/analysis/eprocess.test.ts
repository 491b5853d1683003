import {
  logEvidenceAbove,
  logEvidenceBelow,
  logEvidenceOfRatio,
} from '@apex-actions/shared/analysis/eprocess';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomial, seeded } from './support.ts';

const ALPHA = 0.05;
const NEEDED = Math.log(1 / ALPHA);
const RUNS = 2000;

/** Four standard deviations above α: a guarantee that is broken shows, chance does not. */
const ALLOWED = RUNS * ALPHA + 4 * Math.sqrt(RUNS * ALPHA * (1 - ALPHA));

/** How many of the runs ever reach the evidence that convicts, looked at after every interval. */
function convictions(step: (random: () => number) => () => number, intervals: number): number {
  const random = seeded(20_261_120);
  let convicted = 0;
  for (let run = 0; run < RUNS; run++) {
    const next = step(random);
    for (let i = 0; i < intervals; i++) {
      if (next() >= NEEDED) {
        convicted += 1;
        break;
      }
    }
  }
  return convicted;
}

describe('evidence above a limit', () => {
  it.each([
    [0.001, 50],
    [0.01, 20],
    [0.05, 10],
    [0.5, 5],
  ])(
    'convicts a release at its limit of %d seldom enough, however often it is looked at',
    (limit, perInterval) => {
      const step = (random: () => number) => {
        const count = { n: 0, bad: 0 };
        return () => {
          count.n += perInterval;
          count.bad += binomial(perInterval, limit, random);
          return logEvidenceAbove(count, limit);
        };
      };
      expect(convictions(step, 100)).toBeLessThanOrEqual(ALLOWED);
    },
  );

  it('convicts a release that fails everything within a handful of requests', () => {
    expect(logEvidenceAbove({ n: 3, bad: 3 }, 0.01)).toBeGreaterThan(Math.log(100));
  });

  it('grows with every bad event and shrinks with every good one', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(1000),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        (n, bad, limit) => {
          const count = { n: n + bad, bad };
          const evidence = logEvidenceAbove(count, limit);
          expect(logEvidenceAbove({ n: count.n + 1, bad: bad + 1 }, limit)).toBeGreaterThan(evidence);
          expect(logEvidenceAbove({ n: count.n + 1, bad }, limit)).toBeLessThan(evidence);
        },
      ),
    );
  });

  it('is finite or +∞, never NaN, for 0, 1 and 10⁹ requests and every share', () => {
    for (const n of [0, 1, 1e9]) {
      for (const bad of [0, n / 2, n]) {
        for (const limit of [0, 1e-9, 0.01, 0.5, 1]) {
          expect(logEvidenceAbove({ n, bad }, limit)).not.toBeNaN();
          expect(logEvidenceBelow({ n, bad }, limit)).not.toBeNaN();
        }
      }
    }
  });

  it('takes one bad event as proof against a limit of zero, and nothing as proof against a limit of one', () => {
    expect(logEvidenceAbove({ n: 10, bad: 0 }, 0)).toBe(0);
    expect(logEvidenceAbove({ n: 10, bad: 1 }, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(logEvidenceAbove({ n: 10, bad: 10 }, 1)).toBe(0);
  });
});

describe('evidence below a limit', () => {
  it('acquits a release at its limit seldom enough', () => {
    const step = (random: () => number) => {
      const count = { n: 0, bad: 0 };
      return () => {
        count.n += 20;
        count.bad += binomial(20, 0.02, random);
        return logEvidenceBelow(count, 0.02);
      };
    };
    expect(convictions(step, 100)).toBeLessThanOrEqual(ALLOWED);
  });

  it('acquits a flawless release when it has seen enough of it, and not before', () => {
    expect(logEvidenceBelow({ n: 100, bad: 0 }, 0.01)).toBeLessThan(Math.log(100));
    expect(logEvidenceBelow({ n: 1000, bad: 0 }, 0.01)).toBeGreaterThan(Math.log(100));
  });
});

describe('evidence of a ratio', () => {
  it.each([
    ['rare events', () => 0.01],
    ['every second request bad', () => 0.5],
    ['an outage that comes and goes', (i: number) => (i % 10 < 3 ? 0.45 : 0.001)],
    ['a drifting base rate', (i: number) => 0.001 + 0.004 * i],
  ])('does not blame a canary that is exactly twice as bad as stable: %s', (_, stableShare) => {
    const step = (random: () => number) => {
      const pairs: { canary: { n: number; bad: number }; stable: { n: number; bad: number } }[] = [];
      return () => {
        const share = stableShare(pairs.length);
        const canary = { n: 5, bad: binomial(5, Math.min(1, 2 * share), random) };
        pairs.push({ canary, stable: { n: 20, bad: binomial(20, share, random) } });
        return logEvidenceOfRatio(pairs, 2);
      };
    };
    expect(convictions(step, 60)).toBeLessThanOrEqual(ALLOWED);
  });

  it('blames a canary that fails while stable does not', () => {
    const pairs = [{ canary: { n: 100, bad: 10 }, stable: { n: 900, bad: 0 } }];
    expect(logEvidenceOfRatio(pairs, 2)).toBeGreaterThan(Math.log(100));
  });

  it('says nothing where one of the arms saw no request', () => {
    expect(logEvidenceOfRatio([{ canary: { n: 10, bad: 10 }, stable: { n: 0, bad: 0 } }], 2)).toBeCloseTo(0);
    expect(logEvidenceOfRatio([], 2)).toBeCloseTo(0);
  });
});
