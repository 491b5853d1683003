import type { Count } from './eprocess.ts';
import { type ArmCounts, type Evidence, totalOf } from './evidence.ts';
import { histogramTotal, percentileMs, slowerThan } from './histogram.ts';
import { type Policy, SLOW_SHARE } from './policy.ts';

export type CheckName = 'error-rate' | 'latency-p95' | 'latency-ratio';

/**
 * One question put to the evidence: is the canary's share of bad events above `limit`, and, where `ratio` is given and
 * stable had requests in the same intervals, above `ratio` times stable's?
 */
export type Check = {
  name: CheckName;
  limit: number;
  ratio: number | undefined;
  count: (counts: ArmCounts) => Count;
};

const errors: Check['count'] = (counts) => ({ n: counts.requests, bad: counts.errors });

function slowerThanLimit(limitMs: number): Check['count'] {
  return ({ latencies }) =>
    latencies ? { n: histogramTotal(latencies), bad: slowerThan(latencies, limitMs) } : { n: 0, bad: 0 };
}

/** After promotion the limit is at least `ratio` times what stable showed before: a release is not blamed for that. */
function limitBeside(limit: number, ratio: number, before: Count | undefined): number {
  return before && before.n > 0 ? Math.max(limit, (ratio * before.bad) / before.n) : limit;
}

/**
 * The checks that a policy asks for. `latency-ratio` counts requests slower than `maxLatencyRatio` times stable's P95
 * and asks whether more than 5 % of the canary's are: exactly "P95 above ratio × stable's".
 */
export function checksOf(policy: Policy, { all, before }: Evidence): Check[] {
  const ratio = policy.maxErrorRatio;
  const check = (name: CheckName, limit: number, count: Check['count']): Check => ({
    name,
    limit: limitBeside(limit, ratio, before && count(before)),
    ratio,
    count,
  });
  const checks = [check('error-rate', policy.maxErrorRate, errors)];
  if (policy.maxLatencyP95Ms !== undefined) {
    checks.push(check('latency-p95', SLOW_SHARE, slowerThanLimit(policy.maxLatencyP95Ms)));
  }
  if (policy.maxLatencyRatio !== undefined) {
    const latencies = before?.latencies ?? totalOf(all, 'stable').latencies;
    const p95Ms = latencies && percentileMs(latencies, 1 - SLOW_SHARE);
    if (p95Ms !== undefined) {
      const count = slowerThanLimit(policy.maxLatencyRatio * p95Ms);
      checks.push({ name: 'latency-ratio', limit: SLOW_SHARE, ratio: undefined, count });
    }
  }
  return checks;
}

/**
 * How many tests a rollout can make: every check, before promotion and again on fresh evidence after it. The error
 * budget is divided by this, whether all are made or not.
 */
export function plannedTests(policy: Policy): number {
  const checks =
    1 + (policy.maxLatencyP95Ms === undefined ? 0 : 1) + (policy.maxLatencyRatio === undefined ? 0 : 1);
  return policy.watched ? 2 * checks : checks;
}
