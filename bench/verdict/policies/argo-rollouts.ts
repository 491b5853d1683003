import { type Contender, type Counts, errorRateOf, type Judge, MAX_ERROR_RATE, sumOf } from '../contender.ts';

/** Fields of a metric in an AnalysisTemplate; the defaults are those of pkg/apis/rollouts/v1alpha1/analysis_types.go. */
export type Metric = {
  intervalMinutes: number;
  /** Failed measurements beyond this number fail the analysis and abort the rollout. By default 0. */
  failureLimit: number;
  /** Inconclusive measurements beyond this number pause the rollout until somebody decides. By default 0. */
  inconclusiveLimit: number;
  /** Queries in succession without a result, beyond this number, abort the rollout. By default 4. */
  consecutiveErrorLimit: number;
  /** Measurements after which the metric is successful and not measured again; undefined: until the rollout ends. */
  count: number | undefined;
  measure: (canary: Counts) => Measurement;
};

export type Measurement = 'successful' | 'failed' | 'inconclusive' | 'error';

/** `setWeight` 20, 40, 60, 80, with `pause: {duration: 10m}` after each. */
const ROLLOUT_MINUTES = 4 * 10;

/** The template `success-rate`, with 99 % for its 95 %. */
export const SUCCESS_RATE: Metric = {
  intervalMinutes: 5,
  failureLimit: 3,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  count: undefined,
  measure: (canary) => {
    const rate = errorRateOf(canary);
    return rate !== undefined && rate <= MAX_ERROR_RATE ? 'successful' : 'failed';
  },
};

/**
 * Argo Rollouts with the background analysis of
 * https://argo-rollouts.readthedocs.io/en/stable/features/analysis/#background-analysis: `interval: 5m`,
 * `successCondition: result[0] >= 0.95`, `failureLimit: 3`, no `count`.
 *
 * - Our limit is 1 %, so the condition is 0.99; the example's own 0.95 would let more through.
 * - A measurement is the canary's success rate over the five minutes since the last one, as the text beside the example
 *   says. (`irate` in its query looks only at the last two samples in them, which would be one of our minutes.) Nothing
 *   is measured before the first five minutes, and the example's `startingStep: 2`, which would leave out the first ten,
 *   is not taken; both are in its favour.
 * - Beyond `failureLimit`, that is at the fourth failed measurement, the rollout aborts. (The text says "three such
 *   measurements"; the field's own description and the controller say more than three.)
 * - No requests divides 0 by 0: NaN, a failed measurement under a `successCondition` alone
 *   (the same page, "NaN and Infinity"). Errors and inconclusive measurements thus do not occur in the simulation.
 * - Its weights are replaced by the simulation's; its four pauses of ten minutes are kept.
 */
export const argoRollouts = argoRolloutsWith(SUCCESS_RATE);

export function argoRolloutsWith(metric: Metric): Contender {
  return { name: 'Argo Rollouts', start: () => startAnalysis(metric) };
}

function startAnalysis(metric: Metric): Judge {
  const taken: Record<Measurement, number> = { successful: 0, failed: 0, inconclusive: 0, error: 0 };
  let consecutiveErrors = 0;
  let minutes = 0;
  let sinceLast: readonly Counts[] = [];
  const paused = () => taken.inconclusive > metric.inconclusiveLimit;
  /** Errors do not count as measurements. */
  const complete = () =>
    metric.count !== undefined && taken.successful + taken.failed + taken.inconclusive >= metric.count;

  return {
    minute: ({ canary }) => {
      minutes += 1;
      sinceLast = [...sinceLast, canary];
      if (minutes % metric.intervalMinutes === 0 && !paused() && !complete()) {
        const measurement = metric.measure(sumOf(sinceLast));
        taken[measurement] += 1;
        consecutiveErrors = measurement === 'error' ? consecutiveErrors + 1 : 0;
        sinceLast = [];
      }
      if (taken.failed > metric.failureLimit || consecutiveErrors > metric.consecutiveErrorLimit)
        return 'roll back';
      return minutes >= ROLLOUT_MINUTES && !paused() ? 'promote' : 'go on';
    },
  };
}
