import { budgetOf } from './budget.ts';
import { addReference, type Check, checksOf } from './checks.ts';
import type { ArmCounts, Interval } from './evidence.ts';
import type { Histogram } from './histogram.ts';
import type { Policy } from './policy.ts';
import { advance, logEvidence, type Process, startProcess } from './process.ts';

/** A check, what it takes to convict by it, and the evidence so far. */
export type Track = { check: Check; needed: number; process: Process };

/** Everything that `failing` depends on, folded over the intervals seen so far. */
export type Judge = { tracks: readonly Track[]; reference: Histogram | undefined };

/** `before`: what stable showed before the rollout; given after promotion, when there is no stable to compare with. */
export function startJudge(policy: Policy, before: ArmCounts | undefined): Judge {
  const tracks = checksOf(policy, before).map((check) => {
    const needed = -Math.log(budgetOf(policy, check.name, before !== undefined));
    const { limit, ratio } = check;
    return { check, needed, process: startProcess({ limit, ratio, needed }) };
  });
  return { tracks, reference: before?.latencies };
}

export function judgeInterval(judge: Judge, { canary, stable, percent }: Interval): Judge {
  const reference = addReference(judge.reference, stable);
  const tracks = judge.tracks.map(({ check, needed, process }) => ({
    check,
    needed,
    process: advance(process, check.count(canary, reference), check.count(stable, reference), percent),
  }));
  return { tracks, reference };
}

/** The check by which the release fails, at this interval. */
export function convictedBy(judge: Judge): Check | undefined {
  return judge.tracks.find(({ process, needed }) => logEvidence(process) >= needed)?.check;
}
