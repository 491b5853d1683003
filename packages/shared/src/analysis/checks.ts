import type { Count } from './eprocess.ts';
import type { ArmCounts } from './evidence.ts';
import { addHistograms, type Histogram, histogramTotal, percentileMs, slowerThan } from './histogram.ts';
import { type Policy, SLOW_SHARE } from './policy.ts';

export type CheckName = 'error-rate' | 'probe-errors' | 'latency-p95' | 'latency-ratio';

/**
 * One question put to the evidence: is the canary's share of bad events above `limit`, and, where `ratio` is given and
 * stable had requests in the same intervals, above `ratio` times stable's?
 */
export type Check = {
  name: CheckName;
  limit: number;
  ratio: number | undefined;
  /** Events are counted one by one; false where they are interpolated within buckets. */
  whole: boolean;
  /** `reference` is what stable has shown until now; it tells what is slow in comparison. */
  count: (counts: ArmCounts, reference: Histogram | undefined) => Count;
};

const errors: Check['count'] = (counts) => ({ n: counts.requests, bad: counts.errors });
const probeErrors: Check['count'] = ({ probes }) => ({ n: probes?.requests ?? 0, bad: probes?.errors ?? 0 });

function slowerThanLimit(limitMs: number): Check['count'] {
  return ({ latencies }) =>
    latencies ? { n: histogramTotal(latencies), bad: slowerThan(latencies, limitMs) } : { n: 0, bad: 0 };
}

/**
 * Requests slower than `ratio` times stable's P95. The P95 is read from stable alone, before the canary is looked at, and
 * two standard errors of its rank higher (binomial: √(0.05·0.95/n)), so that its own noise does not blame the canary.
 */
function slowerThanStable(ratio: number): Check['count'] {
  return (counts, reference) => {
    if (!reference) return { n: 0, bad: 0 };
    const noise = 2 * Math.sqrt((SLOW_SHARE * (1 - SLOW_SHARE)) / Math.max(1, histogramTotal(reference)));
    const p95Ms = percentileMs(reference, Math.min(1, 1 - SLOW_SHARE + noise));
    return p95Ms === undefined ? { n: 0, bad: 0 } : slowerThanLimit(ratio * p95Ms)(counts, undefined);
  };
}

/** After promotion the limit is at least `ratio` times what stable showed before: a release is not blamed for that. */
function limitBeside(limit: number, ratio: number, before: Count | undefined): number {
  return before && before.n > 0 ? Math.min(1, Math.max(limit, (ratio * before.bad) / before.n)) : limit;
}

/** The checks that a policy asks for; `before` is what stable showed before, after promotion. */
export function checksOf(policy: Policy, before: ArmCounts | undefined): Check[] {
  const ratio = policy.maxErrorRatio;
  const check = (name: CheckName, limit: number, count: Check['count']): Check => ({
    name,
    limit: limitBeside(limit, ratio, before && count(before, undefined)),
    ratio,
    whole: name === 'error-rate' || name === 'probe-errors',
    count,
  });
  const checks = [check('error-rate', policy.maxErrorRate, errors)];
  if (policy.probed) checks.push(check('probe-errors', policy.maxErrorRate, probeErrors));
  if (policy.maxLatencyP95Ms !== undefined)
    checks.push(check('latency-p95', SLOW_SHARE, slowerThanLimit(policy.maxLatencyP95Ms)));
  if (policy.maxLatencyRatio !== undefined) {
    const count = slowerThanStable(policy.maxLatencyRatio);
    checks.push({ name: 'latency-ratio', limit: SLOW_SHARE, ratio: undefined, whole: false, count });
  }
  return checks;
}

export const addReference = (reference: Histogram | undefined, stable: ArmCounts) =>
  addHistograms(reference, stable.latencies);
