import { judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import type { Policy } from '@apex-actions/shared/analysis/policy';
import { forecast, remedyFor, type StepForecast } from '@apex-actions/shared/rollout/forecast';
import { describeForecast, forecastWarnings } from '@apex-actions/shared/rollout/forecast-text';
import type { Plan } from '@apex-actions/shared/rollout/plan';
import { binomial, seeded } from '@apex-actions/testkit/random';
import { describe, expect, it } from 'vitest';

const MINUTE = 60_000;
const plan: Plan = {
  steps: [10, 50],
  bakeMs: 5 * MINUTE,
  maxBakeMs: 15 * MINUTE,
  pollIntervalMs: 15_000,
  timeoutMs: 90 * MINUTE,
  watchMs: 0,
  onInconclusive: 'promote-if-clean',
};
const policy: Policy = {
  maxErrorRate: 0.01,
  maxErrorRatio: 2,
  confidence: 0.99,
  watched: false,
  probed: false,
};
const visibility = { periodMs: MINUTE, delayMs: 4 * MINUTE };
const hour = (requests: number, errors = 0) => ({
  counts: { requests, errors, latencies: undefined },
  spanMs: 60 * MINUTE,
});
const RUNS = 400;

function stepOf(requests: number, errors: number, nth: number): StepForecast {
  const step = forecast(plan, policy, hour(requests, errors), visibility)[nth];
  if (!step) throw new Error('no such step');
  return step;
}

/** How often the engine, minute by minute, convicts a canary with this share of errors within so many minutes. */
function caught(perHour: number, base: number, percent: number, share: number, minutes: number): number {
  const random = seeded(7);
  let convicted = 0;
  for (let run = 0; run < RUNS; run++) {
    let judge = startJudge(policy, undefined);
    for (let minute = 0; minute < minutes; minute++) {
      const all = binomial(perHour * 60, 1 / 3600, random);
      const n = binomial(all, percent / 100, random);
      const arm = (requests: number, bad: number) => ({
        requests,
        errors: binomial(requests, bad, random),
        latencies: undefined,
      });
      judge = judgeInterval(judge, {
        startMs: minute * MINUTE,
        endMs: (minute + 1) * MINUTE,
        percent,
        canary: arm(n, share),
        stable: arm(all - n, base),
      });
    }
    if (judge.failed) convicted += 1;
  }
  return convicted / RUNS;
}

describe('the forecast', () => {
  it.each([
    [10_800, 0, 0],
    [10_800, 0.001, 1],
    [108_000, 0.001, 0],
    [108_000, 0.001, 1],
  ])(
    'of %i requests an hour with a base rate of %f, step %i: the smallest share is caught nine times in ten',
    (perHour, base, nth) => {
      const { percent, smallestShare = 1, requests } = stepOf(perHour, perHour * base, nth);
      expect(requests).toBeCloseTo((perHour / 12) * (percent / 100));
      const power = caught(perHour, base, percent, smallestShare, 5);
      expect(power).toBeGreaterThan(0.75);
      expect(power).toBeLessThanOrEqual(1);
      expect(caught(perHour, base, percent, smallestShare * 0.4, 5)).toBeLessThan(0.6);
    },
  );

  it.each([
    [180, 1],
    [240, 1],
    [360, 1],
    [1080, 0],
    [1080, 1],
    [10_800, 0],
    [108_000, 1],
  ])('of %i requests an hour, step %i: a total failure is caught as soon as it says', (perHour, nth) => {
    const { percent, totalFailureMs = Number.NaN } = stepOf(perHour, 0, nth);
    const waits = MINUTE + visibility.delayMs + plan.pollIntervalMs;
    const minutes = (totalFailureMs - waits) / MINUTE;
    expect(minutes).toBeGreaterThanOrEqual(1);
    expect(caught(perHour, 0, percent, 1, minutes)).toBeGreaterThan(0.9);
  });

  it('says of a service without traffic that nothing can be proven, and asks for probes only', () => {
    const steps = forecast(plan, policy, hour(0), visibility);
    expect(steps[0]).toMatchObject({ requests: 0, smallestShare: undefined, totalFailureMs: undefined });
    expect(forecastWarnings(steps, plan, policy, hour(0))[0]).toBe(
      'At 0.0 requests a minute the step at 10 % cannot tell 1 % errors from 5 % in 5m: send requests of your own with `probe`',
    );
    expect(forecastWarnings(steps, plan, { ...policy, probed: true }, hour(0))).toEqual([]);
  });

  it('gives the numbers that would help, and they do', () => {
    const before = hour(30_000);
    const step = stepOf(30_000, 0, 0);
    const remedy = remedyFor(step, plan, policy, before);
    expect(remedy?.percent).toBeGreaterThan(10);
    expect(remedy?.bakeMs).toBeGreaterThan(plan.bakeMs);
    const wider = { ...plan, steps: [remedy?.percent ?? 0] };
    expect(forecast(wider, policy, before, visibility)[0]?.smallestShare).toBeLessThanOrEqual(0.05);
    const longer = { ...plan, bakeMs: remedy?.bakeMs ?? 0 };
    expect(forecast(longer, policy, before, visibility)[0]?.smallestShare).toBeLessThanOrEqual(0.05);
  });

  it('warns of nothing where the traffic suffices', () => {
    const steps = forecast(plan, policy, hour(360_000), visibility);
    expect(forecastWarnings(steps, plan, policy, hour(360_000))).toEqual([]);
    expect(describeForecast(steps[0] as StepForecast, plan)).toMatch(
      /^10 %: about 3000 requests in 5m; [\d.]+ % errors or more are caught with 90 % probability; a total failure is rolled back within about 7m$/,
    );
  });

  it('is made in no time for any traffic', () => {
    for (const requests of [1, 1e4, 1e9, 1e12]) {
      for (const { smallestShare } of forecast(plan, policy, hour(requests), visibility)) {
        expect(smallestShare ?? 1).toBeLessThanOrEqual(1);
      }
    }
  });
});
