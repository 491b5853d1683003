import { budgetOf } from './budget.ts';
import { addReference, type Check, checksOf } from './checks.ts';
import type { ArmCounts, Interval } from './evidence.ts';
import type { Histogram } from './histogram.ts';
import type { Policy } from './policy.ts';
import { advance, logEvidence, type Process, startProcess } from './process.ts';

/** A check, what it takes to convict by it, and the evidence so far; `most`: the most that it ever was (a logarithm). */
export type Track = { check: Check; needed: number; process: Process; most: number };

/**
 * Everything that `failing` depends on, folded over the intervals seen so far. Once a check has convicted, it has `failed`: the
 * evidence that had sufficed is not taken back by better intervals after it.
 */
export type Judge = {
  tracks: readonly Track[];
  reference: Histogram | undefined;
  failed: Check | undefined;
};

/** `before`: what stable showed before the rollout; given after promotion, when there is no stable to compare with. */
export function startJudge(policy: Policy, before: ArmCounts | undefined): Judge {
  const tracks = checksOf(policy, before).map((check) => {
    const needed = -Math.log(budgetOf(policy, check.name, before !== undefined));
    const { limit } = check;
    const ratio = before ? undefined : check.ratio;
    const stable = before && check.count(before, before.latencies);
    return { check, needed, process: startProcess({ limit, ratio, needed }, stable), most: 0 };
  });
  return { tracks, reference: before?.latencies, failed: undefined };
}

export function judgeInterval(judge: Judge, { canary, stable, percent }: Interval): Judge {
  const reference = addReference(judge.reference, stable);
  const tracks = judge.tracks.map(({ check, needed, process, most }) => {
    const next = advance(process, check.count(canary, reference), check.count(stable, reference), percent);
    return { check, needed, process: next, most: Math.max(most, logEvidence(next)) };
  });
  const failed = judge.failed ?? tracks.find(({ most, needed }) => most >= needed)?.check;
  return { tracks, reference, failed };
}
