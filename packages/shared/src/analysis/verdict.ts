import { formatShare } from '../action/share.ts';
import type { Check, CheckName } from './checks.ts';
import { type Count, logEvidenceBelow } from './eprocess.ts';
import { type ArmCounts, type Evidence, totalOf } from './evidence.ts';
import { convictedBy, type Judge, judgeInterval, startJudge } from './judge.ts';
import type { Policy } from './policy.ts';

export type Verdict = 'healthy' | 'failing' | 'inconclusive' | 'no-data';

export type Assessment = {
  verdict: Verdict;
  /** One sentence for people: which check, which figures. */
  reason: string;
  /** The check that decided, where one did. */
  check?: CheckName;
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

/** Once convicted, always: the evidence that had sufficed is not taken back by better intervals after it. */
function fold(policy: Policy, { all, before }: Evidence): { judge: Judge; failed: Check | undefined } {
  let judge = startJudge(policy, before);
  let failed: Check | undefined;
  for (const interval of all) {
    judge = judgeInterval(judge, interval);
    failed ??= convictedBy(judge);
  }
  return { judge, failed };
}

/**
 * Evidence → verdict. `failing` may be said at any poll: each check is an e-process over everything since the canary
 * first had users (after promotion: since then), and the parts of the error budget that the checks have sum to
 * 1 − confidence, so that together they roll a good release back with at most that probability. `healthy` needs the whole
 * bake, complete, and every check's share below its limit with the same confidence.
 */
export function assess(policy: Policy, evidence: Evidence): Assessment {
  const { judge, failed } = fold(policy, evidence);
  const { tracks, reference } = judge;
  const [ever, everStable] = [totalOf(evidence.all, 'canary'), totalOf(evidence.all, 'stable')];
  const [canary, stable] = [totalOf(evidence.step, 'canary'), totalOf(evidence.step, 'stable')];
  const clean = tracks.every(({ check }) => check.count(ever, reference).bad === 0);
  const answer = (verdict: Verdict, reason: string, check?: CheckName): Assessment => ({
    verdict,
    reason,
    ...(check === undefined ? {} : { check }),
    canary,
    stable,
    clean,
  });

  if (failed) {
    const of = (counts: ArmCounts) => describe(failed, failed.count(counts, reference));
    const against = everStable.requests > 0 ? `, stable ${of(everStable)}` : '';
    const limit = `the limit is ${formatShare(failed.limit)}`;
    return answer('failing', `${failed.name}: canary ${of(ever)}${against}; ${limit}`, failed.name);
  }
  if (canary.requests === 0)
    return answer('no-data', 'no complete interval of this step shows a request to the canary');
  if (!evidence.bakeCovered)
    return answer('inconclusive', 'the metrics of the whole bake are not complete yet');
  const open = tracks.find(
    ({ check, needed }) => logEvidenceBelow(check.count(canary, reference), check.limit) < needed,
  )?.check;
  if (open) {
    const shown = describe(open, open.count(canary, reference));
    const reason = `${open.name}: ${shown} do not prove a share below ${formatShare(open.limit)}`;
    return answer('inconclusive', reason, open.name);
  }
  const shown = tracks
    .map(({ check }) => `${check.name}: ${describe(check, check.count(canary, reference))}`)
    .join(', ');
  return answer('healthy', `every check is below its limit (${shown})`);
}
