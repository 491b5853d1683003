import { type ArmCounts, noCounts, totalOf } from '@apex-actions/shared/analysis/evidence';
import type { Histogram } from '@apex-actions/shared/analysis/histogram';
import { judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import type { Policy } from '@apex-actions/shared/analysis/policy';
import { binomialFromMode as binomial, seeded } from '@apex-actions/testkit/random';
import { describe, expect, it } from 'vitest';
import { arm, policy } from './support.ts';

const RUNS = 600;
const INTERVALS = 30;
const ALPHA = 0.05;
const ALLOWED = RUNS * ALPHA + 4 * Math.sqrt(RUNS * ALPHA * (1 - ALPHA));

const boundsMs = Array.from({ length: 24 }, (_, i) => Math.SQRT2 ** (i + 2));

/** Abramowitz and Stegun 26.2.17, good to 1e-7. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    Math.exp((-z * z) / 2) *
    0.3989422804 *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}

/** Latencies with this median, log-normal; the chance of each bucket. */
function buckets(medianMs: number, spread = 0.6): number[] {
  const below = [...boundsMs.map((bound) => normalBelow(Math.log(bound / medianMs) / spread)), 1];
  return below.map((share, i) => share - (below[i - 1] ?? 0));
}

function latencies(n: number, chances: readonly number[], random: () => number): Histogram {
  let [left, rest] = [n, 1];
  const counts = chances.map((chance) => {
    const count = rest <= 1e-12 ? 0 : binomial(left, Math.min(1, chance / rest), random);
    left -= count;
    rest -= chance;
    return count;
  });
  return { boundsMs, counts };
}

const LOG_NORMAL_P95 = Math.exp(1.6449 * 0.6);

type Speeds = { canary: number; stable: number };

function slowRollbacks(limits: Partial<Policy>, rate: number, worldAt: (interval: number) => Speeds): number {
  const random = seeded(11);
  let rolledBack = 0;
  for (let run = 0; run < RUNS; run++) {
    let judge = startJudge({ ...policy, ...limits, confidence: 1 - ALPHA }, undefined);
    for (let i = 0; i < INTERVALS && !judge.failed; i++) {
      const all = Math.round(rate * 60);
      const n = binomial(all, i < INTERVALS / 2 ? 0.1 : 0.5, random);
      const { canary, stable } = worldAt(i);
      judge = judgeInterval(judge, {
        startMs: i * 60_000,
        endMs: (i + 1) * 60_000,
        percent: i < INTERVALS / 2 ? 10 : 50,
        canary: arm(n, 0, latencies(n, buckets(canary), random)),
        stable: arm(all - n, 0, latencies(all - n, buckets(stable), random)),
      });
    }
    if (judge.failed) rolledBack += 1;
  }
  return rolledBack;
}

describe.each([1, 10])('at %i requests a second, a release within its limits of latency', (rate) => {
  it.each([30, 45, 61, 87])(
    'with a P95 exactly twice stable’s is rolled back seldom enough (median %i ms)',
    (ms) => {
      const rolledBack = slowRollbacks({ maxLatencyRatio: 2 }, rate, () => ({ canary: 2 * ms, stable: ms }));
      expect(rolledBack).toBeLessThanOrEqual(ALLOWED);
    },
  );

  it.each([100, 137, 200, 251])(
    'with a P95 exactly at a limit of %i ms is rolled back seldom enough',
    (limit) => {
      const canary = limit / LOG_NORMAL_P95;
      const rolledBack = slowRollbacks({ maxLatencyP95Ms: limit }, rate, () => ({
        canary,
        stable: canary / 10,
      }));
      expect(rolledBack).toBeLessThanOrEqual(ALLOWED);
    },
  );

  it.each([{ maxLatencyRatio: 2 }, { maxLatencyP95Ms: 200 }])(
    'that slows down together with stable is rolled back seldom enough by %j',
    (limits) => {
      const world = (i: number) =>
        i > 10 && i < 20 ? { canary: 400, stable: 400 } : { canary: 40, stable: 40 };
      expect(slowRollbacks(limits, rate, world)).toBeLessThanOrEqual(ALLOWED);
    },
  );
});

describe('a release that is watched after promotion', () => {
  it.each([
    ['at the limit', 0.01, 0.001, 600, 60],
    ['at twice stable, above the limit', 0.04, 0.02, 600, 60],
    ['like stable', 0.005, 0.005, 600, 60],
    ['at twice stable, which showed hardly anything in the hour before,', 0.06, 0.03, 1, 180],
  ])(
    '%s is rolled back seldom enough, before and after taken together',
    (_, canary, stable, rate, minutes) => {
      const random = seeded(5);
      const asked = { ...policy, confidence: 1 - ALPHA, watched: true };
      const minute = (mean: number, share: number): ArmCounts => {
        const n = Math.floor(mean) + binomial(1, mean % 1, random);
        return arm(n, binomial(n, share, random));
      };
      const at = (canaryArm: ArmCounts, stableArm: ArmCounts, percent: number) => ({
        startMs: 0,
        endMs: 60_000,
        percent,
        canary: canaryArm,
        stable: stableArm,
      });
      let rolledBack = 0;
      for (let run = 0; run < RUNS; run++) {
        const hour = Array.from({ length: 60 }, () => at(noCounts, minute(rate, stable), 0));
        let judge = startJudge(asked, undefined);
        for (let i = 0; i < 20; i++)
          judge = judgeInterval(judge, at(minute(rate * 0.1, canary), minute(rate * 0.9, stable), 10));
        let failed = judge.failed;
        judge = startJudge(asked, totalOf(hour, 'stable'));
        for (let i = 0; i < minutes; i++)
          judge = judgeInterval(judge, at(minute(rate, canary), noCounts, 100));
        failed ??= judge.failed;
        if (failed) rolledBack += 1;
      }
      expect(rolledBack).toBeLessThanOrEqual(ALLOWED);
    },
  );
});

describe('power', () => {
  it.each([
    [{ maxLatencyRatio: 2 }, 'four times as slow as stable', { canary: 160, stable: 40 }],
    [
      { maxLatencyP95Ms: 200 },
      'with a P95 half above the limit',
      { canary: 300 / LOG_NORMAL_P95, stable: 20 },
    ],
  ])('%j catches nearly every release %s', (limits, _, world) => {
    expect(slowRollbacks(limits, 10, () => world)).toBeGreaterThan(0.9 * RUNS);
  });
});
