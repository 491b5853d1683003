import { type Evidence, type Interval, totalOf } from '@apex-actions/shared/analysis/evidence';
import { convictedBy, judgeInterval, startJudge } from '@apex-actions/shared/analysis/judge';
import { assess } from '@apex-actions/shared/analysis/verdict';
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

/** The first interval, of the list, at which the rollout would have been rolled back. */
function convictedAt({ policy }: Timeline, { all, before }: ReturnType<typeof phases>[number]) {
  let judge = startJudge(policy, before);
  return all.findIndex((interval) => {
    judge = judgeInterval(judge, interval);
    return convictedBy(judge) !== undefined;
  });
}

export function replay(timeline: Timeline): Answer {
  let answer: Answer | undefined;
  for (const { all, before } of phases(timeline)) {
    const at = convictedAt(timeline, { all, ...(before ? { before } : {}) });
    const seen = at < 0 ? all : all.slice(0, at + 1);
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
    const { verdict, check, reason } = assess(timeline.policy, evidence);
    const end = at < 0 || !last ? null : last.endMs / 1000;
    answer = { id: timeline.id, verdict, at: end, check: check ?? null, reason };
    if (at >= 0) break;
  }
  if (!answer) throw new Error('a timeline has at least one phase');
  return answer;
}
