import { addHistograms, type Histogram } from './histogram.ts';

/** What one arm did in one interval. `errors` are responses of class 5xx. */
export type ArmCounts = { requests: number; errors: number; latencies: Histogram | undefined };

/** One interval of Cloud Monitoring's grid, `[startMs, endMs)`, with the canary's percentage at its end. */
export type Interval = {
  startMs: number;
  endMs: number;
  percent: number;
  canary: ArmCounts;
  stable: ArmCounts;
};

export const noCounts: ArmCounts = { requests: 0, errors: 0, latencies: undefined };

export function addCounts(a: ArmCounts, b: ArmCounts): ArmCounts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    latencies: addHistograms(a.latencies, b.latencies),
  };
}

export function totalOf(intervals: readonly Interval[], arm: 'canary' | 'stable'): ArmCounts {
  return intervals.reduce((sum, interval) => addCounts(sum, interval[arm]), noCounts);
}

/**
 * The evidence on which a verdict stands. `all` is every interval since the canary first had users, or, after
 * promotion, since then; `step` those that
 * lie wholly inside the current step; `bakeCovered` says that the metrics of the whole bake are complete; `before` is what
 * stable showed before the rollout, for the time after promotion when stable has no traffic to compare with.
 */
export type Evidence = {
  all: readonly Interval[];
  step: readonly Interval[];
  bakeCovered: boolean;
  before?: ArmCounts;
};
