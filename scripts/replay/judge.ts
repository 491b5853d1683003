import { type Evidence, type Interval, totalOf } from '@apex-actions/shared/analysis/evidence';
import { judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import { concluded } from '@apex-actions/shared/analysis/verdict';
import type { Timeline } from './timeline.ts';

export type Answer = {
  id: string;
  verdict: string;
  /** Seconds: the end of the interval at which the release would have been rolled back. */
  at: number | null;
  check: string | null;
  reason: string;
};

/** As the rollout sees it: with a watch, what comes after promotion is judged afresh, beside what stable showed before. */
function phases({ policy, intervals, usual }: Timeline): { all: Interval[]; before?: Evidence['before'] }[] {
  const promoted = intervals.findIndex(({ percent }) => percent === 100);
  if (!policy.watched || promoted <= 0) return [{ all: intervals }];
  const earlier = intervals.slice(0, promoted);
  return [
    { all: earlier },
    { all: intervals.slice(promoted), before: usual?.counts ?? totalOf(earlier, 'stable') },
  ];
}

/** The judge, and what it has seen: all, or the intervals up to that at which the rollout would have been rolled back. */
function judged({ policy }: Timeline, { all, before }: ReturnType<typeof phases>[number]) {
  let judge = startJudge(policy, before);
  for (const [i, interval] of all.entries()) {
    judge = judgeInterval(judge, interval);
    if (judge.failed) return { judge, seen: all.slice(0, i + 1) };
  }
  return { judge, seen: all };
}

export function replay(timeline: Timeline): Answer {
  let answer: Answer | undefined;
  for (const { all, before } of phases(timeline)) {
    const { judge, seen } = judged(timeline, { all, ...(before ? { before } : {}) });
    const last = seen.at(-1);
    const firstOfStep = seen.findLastIndex(({ percent }) => percent !== last?.percent) + 1;
    const step = seen.slice(firstOfStep);
    const evidence: Evidence = {
      all: seen,
      step,
      bakeCovered: true,
      ...(before ? { before } : {}),
      ...(timeline.usual ? { usual: timeline.usual } : {}),
    };
    const { verdict, check, reason } = concluded(judge, evidence);
    const end = judge.failed && last ? last.endMs / 1000 : null;
    answer = { id: timeline.id, verdict, at: end, check: check ?? null, reason };
    if (judge.failed) break;
  }
  if (!answer) throw new Error('a timeline has at least one phase');
  return answer;
}
