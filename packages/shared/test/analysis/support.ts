import { type ArmCounts, type Interval, noCounts } from '@apex-actions/shared/analysis/evidence';
import type { Histogram } from '@apex-actions/shared/analysis/histogram';
import type { Policy } from '@apex-actions/shared/analysis/policy';

export function arm(requests: number, errors: number, latencies?: Histogram): ArmCounts {
  return { requests, errors, latencies };
}

export function interval(canary: ArmCounts, stable: ArmCounts = noCounts): Interval {
  return { startMs: 0, endMs: 60_000, percent: 10, canary, stable };
}

export const policy: Policy = {
  maxErrorRate: 0.01,
  maxErrorRatio: 2,
  confidence: 0.99,
  watched: false,
  probed: false,
};
