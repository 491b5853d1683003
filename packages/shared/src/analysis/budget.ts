import type { CheckName } from './checks.ts';
import type { Policy } from './policy.ts';

const ERRORS = 0.7;
const PROBES = 0.5;
const BEFORE_PROMOTION = 0.75;

/**
 * The part of the error budget, 1 − confidence, that one check may spend. With latency checks errors have 70 % of it and
 * these share the rest; probes take half of what errors have; with a watch three quarters are for the time before
 * promotion, one for the fresh evidence after. The parts of all checks, before and after, sum to 1, so by the union bound the whole rollout stays within the budget.
 */
export function budgetOf(policy: Policy, check: CheckName, afterPromotion: boolean): number {
  const latencies = [policy.maxLatencyP95Ms, policy.maxLatencyRatio].filter(
    (limit) => limit !== undefined,
  ).length;
  const errors = latencies === 0 ? 1 : ERRORS;
  const ofProbes = policy.probed ? PROBES : 0;
  const parts: Readonly<Record<CheckName, number>> = {
    'error-rate': errors * (1 - ofProbes),
    'probe-errors': errors * ofProbes,
    'latency-p95': (1 - ERRORS) / latencies,
    'latency-ratio': (1 - ERRORS) / latencies,
  };
  const ofPhase = afterPromotion ? 1 - BEFORE_PROMOTION : BEFORE_PROMOTION;
  return (1 - policy.confidence) * parts[check] * (policy.watched ? ofPhase : 1);
}
