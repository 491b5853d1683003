import type { Count } from './eprocess.ts';
import type { ArmCounts } from './evidence.ts';
import { addHistograms, type Histogram, histogramTotal, percentileBoundMs, slowerThan } from './histogram.ts';
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
 * Requests slower than `ratio` times stable's P95: at most 5 % of the canary's, unless more of stable's are in the same
 * intervals. The P95 is that of all that stable has shown until now, two standard errors of its rank high (binomial:
 * √(0.05·0.95/n)) and at the upper bound of its bucket, so that neither chance nor the buckets blame the canary.
 */
function slowerThanStable(ratio: number): Check['count'] {
  return (counts, reference) => {
    if (!reference) return { n: 0, bad: 0 };
    const noise = 2 * Math.sqrt((SLOW_SHARE * (1 - SLOW_SHARE)) / Math.max(1, histogramTotal(reference)));
    const p95Ms = percentileBoundMs(reference, Math.min(1, 1 - SLOW_SHARE + noise));
    return p95Ms === undefined ? { n: 0, bad: 0 } : slowerThanLimit(ratio * p95Ms)(counts, undefined);
  };
}

/**
 * After promotion the limit is at least `ratio` times what stable showed before, read three standard deviations and three events
 * high (the upper 95 % limit of a share of which none was seen is 3/n): a release is not blamed for that.
 */
function limitBeside(limit: number, ratio: number, before: Count | undefined): number {
  if (!before || before.n === 0) return limit;
  return Math.min(1, Math.max(limit, (ratio * (before.bad + 3 * Math.sqrt(before.bad) + 3)) / before.n));
}

/** The checks that a policy asks for; `before` is what stable showed before, after promotion. */
export function checksOf(policy: Policy, before: ArmCounts | undefined): Check[] {
  const ratio = policy.maxErrorRatio;
  const check = (name: CheckName, limit: number, count: Check['count']): Check => ({
    name,
    limit: limitBeside(limit, ratio, before && count(before, undefined)),
    ratio,
    count,
  });
  const checks = [check('error-rate', policy.maxErrorRate, errors)];
  if (policy.probed) checks.push(check('probe-errors', policy.maxErrorRate, probeErrors));
  if (policy.maxLatencyP95Ms !== undefined)
    checks.push(check('latency-p95', SLOW_SHARE, slowerThanLimit(policy.maxLatencyP95Ms)));
  if (policy.maxLatencyRatio !== undefined)
    checks.push({
      name: 'latency-ratio',
      limit: SLOW_SHARE,
      ratio,
      count: slowerThanStable(policy.maxLatencyRatio),
    });
  return checks;
}

export const addReference = (reference: Histogram | undefined, stable: ArmCounts) =>
  addHistograms(reference, stable.latencies);
