import { formatShare } from '../action/share.ts';
import { type Check, checksOf, plannedTests } from './checks.ts';
import { type Count, logEvidenceAbove, logEvidenceBelow, logEvidenceOfRatio } from './eprocess.ts';
import { type ArmCounts, type Evidence, type Interval, totalOf } from './evidence.ts';
import type { Policy } from './policy.ts';

export type Verdict = 'healthy' | 'failing' | 'inconclusive' | 'no-data';

export type Assessment = {
  verdict: Verdict;
  /** One sentence for people: which check, which figures. */
  reason: string;
  /** Totals of the current step. */
  canary: ArmCounts;
  stable: ArmCounts;
  /** True when the canary has shown no bad event in any check since it first had users. */
  clean: boolean;
};

function describe(check: Check, { n, bad }: Count): string {
  const what = check.name === 'error-rate' ? 'errors' : 'slow requests';
  return `${formatShare(n === 0 ? 0 : bad / n)} ${what} in ${Math.round(n)} requests`;
}

/** Against the limit and, where stable had requests in the same intervals, against stable: the weaker of the two. */
function evidenceOfFailure(check: Check, intervals: readonly Interval[]): number {
  const above = logEvidenceAbove(check.count(totalOf(intervals, 'canary')), check.limit);
  const pairs = intervals.map(({ canary, stable }) => ({
    canary: check.count(canary),
    stable: check.count(stable),
  }));
  const compared =
    check.ratio !== undefined && pairs.some(({ canary, stable }) => canary.n > 0 && stable.n > 0);
  return compared ? Math.min(above, logEvidenceOfRatio(pairs, check.ratio ?? 1)) : above;
}

/**
 * Evidence → verdict. `failing` may be said at any poll: each check is an e-process over everything since the canary
 * first had users (after promotion: since then), and its error budget is (1 − confidence) divided by the number of tests
 * that the rollout plans, so that together they roll a good release back with a probability of at most 1 − confidence.
 * `healthy` needs the whole bake, complete, and every check's share below its limit with the same confidence.
 */
export function assess(policy: Policy, evidence: Evidence): Assessment {
  const checks = checksOf(policy, evidence);
  const needed = Math.log(plannedTests(policy) / (1 - policy.confidence));
  const [ever, everStable] = [totalOf(evidence.all, 'canary'), totalOf(evidence.all, 'stable')];
  const [canary, stable] = [totalOf(evidence.step, 'canary'), totalOf(evidence.step, 'stable')];
  const clean = checks.every((check) => check.count(ever).bad === 0);
  const answer = (verdict: Verdict, reason: string): Assessment => ({
    verdict,
    reason,
    canary,
    stable,
    clean,
  });

  for (const check of checks) {
    if (evidenceOfFailure(check, evidence.all) < needed) continue;
    const against = everStable.requests > 0 ? `, stable ${describe(check, check.count(everStable))}` : '';
    const shown = describe(check, check.count(ever));
    return answer(
      'failing',
      `${check.name}: canary ${shown}${against}; the limit is ${formatShare(check.limit)}`,
    );
  }
  if (canary.requests === 0)
    return answer('no-data', 'no complete interval of this step shows a request to the canary');
  if (!evidence.bakeCovered)
    return answer('inconclusive', 'the metrics of the whole bake are not complete yet');
  const open = checks.find((check) => logEvidenceBelow(check.count(canary), check.limit) < needed);
  if (open) {
    const shown = describe(open, open.count(canary));
    return answer(
      'inconclusive',
      `${open.name}: ${shown} do not prove a share below ${formatShare(open.limit)}`,
    );
  }
  const shown = checks.map((check) => `${check.name}: ${describe(check, check.count(canary))}`).join(', ');
  return answer('healthy', `every check is below its limit (${shown})`);
}
