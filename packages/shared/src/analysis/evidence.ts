import type { GaugeReadings } from './gauge.ts';
import { addHistograms, type Histogram } from './histogram.ts';

/** Requests that we sent ourselves, and those of them that ended in 5xx or without an answer. */
export type ProbeCounts = { requests: number; errors: number };

/**
 * What one arm did in one interval. `errors` are responses of class 5xx. Where there are `probes`, they are not among the
 * requests and errors; `latencies` have them too.
 */
export type ArmCounts = {
  requests: number;
  errors: number;
  latencies: Histogram | undefined;
  probes?: ProbeCounts;
};

/** One interval of Cloud Monitoring's grid, `[startMs, endMs)`, with the canary's percentage at its end. */
export type Interval = {
  startMs: number;
  endMs: number;
  percent: number;
  canary: ArmCounts;
  stable: ArmCounts;
};

export const noCounts: ArmCounts = { requests: 0, errors: 0, latencies: undefined };

function addProbes(a: ProbeCounts | undefined, b: ProbeCounts | undefined): ProbeCounts | undefined {
  return a && b ? { requests: a.requests + b.requests, errors: a.errors + b.errors } : (a ?? b);
}

export function addCounts(a: ArmCounts, b: ArmCounts): ArmCounts {
  const probes = addProbes(a.probes, b.probes);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    latencies: addHistograms(a.latencies, b.latencies),
    ...(probes ? { probes } : {}),
  };
}

export function totalOf(intervals: readonly Interval[], arm: 'canary' | 'stable'): ArmCounts {
  return intervals.reduce((sum, interval) => addCounts(sum, interval[arm]), noCounts);
}

/** In the order of time; of several readings of one interval the last one counts, since a later one corrects it. */
export function inOrder(readings: readonly Interval[]): Interval[] {
  const latest = new Map(readings.map((reading) => [reading.startMs, reading]));
  return [...latest.values()].sort((a, b) => a.startMs - b.startMs);
}

/** What stable showed in the visible hour before the rollout, and how long ago the first request in it was. */
export type Usual = { counts: ArmCounts; spanMs: number };

/**
 * The evidence on which a verdict stands. `all` is every interval since the canary first had users, or, after
 * promotion, since then; `step` those that lie wholly inside the current step; `bakeCovered` says that the metrics of the
 * whole bake are complete. `usual` is what stable showed in the hour before the rollout; `before`, given after promotion
 * only, is the same for want of a stable to compare with.
 */
export type Evidence = {
  all: readonly Interval[];
  step: readonly Interval[];
  bakeCovered: boolean;
  gauges?: readonly GaugeReadings[];
  usual?: Usual;
  before?: ArmCounts;
  /** Whether Cloud Monitoring shows probes of ours in the step, so that it is not silent where users are. */
  showsProbes?: boolean;
};
