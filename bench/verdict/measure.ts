import { seeded } from '@apex-actions/testkit/random';
import { apex, minutesToPromotion } from './apex.ts';
import { lowerBound } from './bound.ts';
import type { Contender, Evidence } from './contender.ts';
import { argoRollouts } from './policies/argo-rollouts.ts';
import { fixedThreshold } from './policies/fixed-threshold.ts';
import { flagger } from './policies/flagger.ts';
import { kayenta, kayentaEveryTenMinutes } from './policies/kayenta.ts';
import { releaseManager, releaseManagerAsSetUp } from './policies/release-manager.ts';
import { sleep } from './policies/sleep.ts';
import { type Cell, MINUTES, simulate } from './world.ts';

export const CONTENDERS: readonly Contender[] = [
  apex,
  sleep,
  releaseManager,
  releaseManagerAsSetUp,
  flagger,
  argoRollouts,
  kayenta,
  kayentaEveryTenMinutes,
  fixedThreshold,
];

const SEED = 20_261_121;
const LONGEST_BOUND = 400;

/** How one release ended. `at`: the minute, from 1, at whose end it did; nothing when the simulation ended first. */
type End = { answer: 'roll back' | 'promote' | 'go on'; at: number };

function judged({ start }: Contender, minutes: readonly Evidence[]): End {
  const judge = start();
  for (const [i, minute] of minutes.entries()) {
    const answer = judge.minute(minute);
    if (answer !== 'go on') return { answer, at: i + 1 };
  }
  return { answer: 'go on', at: minutes.length };
}

/** Errors of the canary that users saw: those of the timeline, and all traffic's from a promotion on. */
function badResponses({ answer, at }: End, cell: Cell, minutes: readonly Evidence[]): number {
  const seen = minutes.slice(0, at).reduce((sum, { canary }) => sum + canary.errors, 0);
  const faulty = MINUTES - Math.max(at, cell.faultAt);
  return answer === 'promote' ? seen + Math.max(0, faulty) * cell.rate * 60 * cell.bad : seen;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of one policy in one cell. Delays count intervals from the fault on; a miss is Infinity (null in JSON). */
export type Score = {
  name: string;
  falseRollbacks: number;
  misses: number;
  median: number;
  p95: number;
  badResponses: number;
  /** Median minutes until it promotes; Infinity if it does not within the simulation. */
  promotion: number;
};

export type Result = {
  cell: Cell;
  runs: number;
  scores: Score[];
  /** Of a bad release: Wald's bound, and our median when the rollout may go on until there is a verdict. */
  bound?: number;
  unhurried?: number;
  /** Of a good release: the median of our minutes until promotion. */
  promoted?: number;
};

function scoreOf(contender: Contender, cell: Cell, rollouts: readonly (readonly Evidence[])[]): Score {
  const ends = rollouts.map((minutes) => judged(contender, minutes));
  const early = ({ answer, at }: End) => answer === 'roll back' && at <= cell.faultAt;
  const delays = ends
    .filter((end) => !early(end))
    .map(({ answer, at }) => (answer === 'roll back' ? at - cell.faultAt : Number.POSITIVE_INFINITY));
  return {
    name: contender.name,
    falseRollbacks: ends.filter(early).length / ends.length,
    misses: delays.filter((delay) => delay === Number.POSITIVE_INFINITY).length / Math.max(1, delays.length),
    median: quantile(delays, 0.5),
    p95: quantile(delays, 0.95),
    badResponses: mean(ends.map((end, i) => badResponses(end, cell, rollouts[i] ?? []))),
    promotion: quantile(
      ends.map(({ answer, at }) => (answer === 'promote' ? at : Number.POSITIVE_INFINITY)),
      0.5,
    ),
  };
}

/** Every policy on the same `runs` simulated rollouts of one kind. */
export function measure(cell: Cell, runs: number): Result {
  const random = seeded(SEED);
  const rollouts = Array.from({ length: runs }, () => simulate(cell, MINUTES, random));
  const scores = CONTENDERS.map((contender) => scoreOf(contender, cell, rollouts));
  if (cell.faultAt >= MINUTES)
    return { cell, runs, scores, promoted: quantile(rollouts.slice(0, 200).map(minutesToPromotion), 0.5) };
  const bound = lowerBound(cell);
  if (bound > LONGEST_BOUND) return { cell, runs, scores, bound };
  const length = cell.faultAt + Math.ceil(4 * bound) + 5;
  const endless: Contender = { name: apex.name, start: () => endlessly(apex) };
  const longer = Array.from({ length: Math.min(runs, 1000) }, () => simulate(cell, length, random));
  return { cell, runs, scores, bound, unhurried: scoreOf(endless, cell, longer).median };
}

/** The same judge, which goes on looking instead of promoting. */
function endlessly({ start }: Contender) {
  const judge = start();
  return {
    minute: (evidence: Evidence) => {
      const answer = judge.minute(evidence);
      return answer === 'promote' ? 'go on' : answer;
    },
  };
}
