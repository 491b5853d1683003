import type { Interval } from '@apex-actions/shared/analysis/evidence';
import { judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import type { Policy } from '@apex-actions/shared/analysis/policy';
import { assess } from '@apex-actions/shared/analysis/verdict';
import { type Contender, type Counts, type Evidence, MAX_ERROR_RATE } from './contender.ts';
import { MINUTES } from './world.ts';

/** The defaults of canary-deploy. */
export const POLICY: Policy = {
  maxErrorRate: MAX_ERROR_RATE,
  maxErrorRatio: 2,
  confidence: 0.99,
  watched: false,
  probed: false,
};
const BAKE_MINUTES = 5;

const arm = (counts: Counts) => ({ ...counts, latencies: undefined });

export function intervalOf({ percent, canary, stable }: Evidence, minute: number): Interval {
  const startMs = minute * 60_000;
  return { startMs, endMs: startMs + 60_000, percent, canary: arm(canary), stable: arm(stable) };
}

/** The engine of canary-deploy, which stays as long at each weight as the simulation does. */
export const apex: Contender = {
  name: 'Apex Actions',
  start: () => {
    let judge = startJudge(POLICY, undefined);
    let minutes = 0;
    return {
      minute: (evidence) => {
        judge = judgeInterval(judge, intervalOf(evidence, minutes));
        minutes += 1;
        if (judge.failed) return 'roll back';
        return minutes >= MINUTES ? 'promote' : 'go on';
      },
    };
  },
};

/** Minutes of a step, from the bake on, until it is `healthy`; Infinity if it is not within `minutes`. */
function minutesUntilHealthy(minutes: readonly Evidence[]): number {
  const all = minutes.map(intervalOf);
  for (let n = BAKE_MINUTES; n <= all.length; n++) {
    const seen = all.slice(0, n);
    if (assess(POLICY, { all: seen, step: seen, bakeCovered: true }).verdict === 'healthy') return n;
  }
  return Number.POSITIVE_INFINITY;
}

/** Minutes until both steps were `healthy` with a bake of five minutes each; the metrics' delay comes on top. */
export function minutesToPromotion(minutes: readonly Evidence[]): number {
  const percents = [...new Set(minutes.map(({ percent }) => percent))];
  return percents
    .map((percent) => minutesUntilHealthy(minutes.filter((minute) => minute.percent === percent)))
    .reduce((sum, each) => sum + each, 0);
}
