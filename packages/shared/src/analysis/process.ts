import { type Count, logBetAbove, logBetOnRatio, logSumExp } from './eprocess.ts';
import { startWeight } from './restarts.ts';

/** The shares that are bet on, as multiples of the limit's odds, and how much is bet on each. The stakes sum to 1. */
const BETS = [
  { odds: 1.5, stake: 0.06 },
  { odds: 2, stake: 0.3 },
  { odds: 3, stake: 0.12 },
  { odds: 5, stake: 0.24 },
  { odds: 20, stake: 0.2 },
  { odds: 10_000, stake: 0.08 },
] as const;
const LOG_STAKES = BETS.map(({ stake }) => Math.log(stake));
const SMALLEST_LIMIT = 1e-6;
const MEMORY = 0.9;

export type Question = { limit: number; ratio: number | undefined };

/**
 * Two e-processes side by side, one log-wealth per bet in each: `above` against "within the limit in every interval",
 * `beside` against "within `ratio` times stable in every interval". A release is within its limits if either holds, so
 * the minimum of the two is evidence against both (E min ≤ min E).
 */
export type Process = {
  question: Question;
  shares: readonly number[];
  above: readonly number[];
  beside: readonly number[];
  nth: number;
  step: number;
  percent: number | undefined;
  /** Stable's counts so far, fading, from which its share in the next interval is predicted. */
  stable: Count;
};

export function startProcess(question: Question): Process {
  const limit = Math.max(question.limit, SMALLEST_LIMIT);
  const shares = limit >= 1 ? [] : BETS.map(({ odds }) => 1 / (1 + (1 - limit) / (limit * odds)));
  const nothing = shares.map(() => Number.NEGATIVE_INFINITY);
  const stable = { n: 0, bad: 0 };
  return { question, shares, above: nothing, beside: nothing, nth: 0, step: 0, percent: undefined, stable };
}

/**
 * During an outage of both arms the limit is what stable shows, less one standard deviation, times the ratio. Stable's
 * counts say nothing about the canary's when the shares are given, so they may be looked at before the bet; a limit that is
 * higher than asked only weakens it. So an outage does not convict a release that is above `ratio` × stable but within
 * the limit at other times.
 */
function limitOfInterval({ limit, ratio }: Question, stable: Count): number {
  if (ratio === undefined || stable.n === 0) return limit;
  return Math.max(limit, Math.min(1, (ratio * (stable.bad - Math.sqrt(stable.bad))) / stable.n));
}

/**
 * Stable's share in the next interval, predicted from those before (any prediction keeps the guarantee; a bad one costs
 * time): half an event more than seen, a quarter of the limit before anything is seen, never below a hundredth of it.
 */
function predictedShare({ question, stable }: Process): number {
  const limit = Math.max(question.limit, SMALLEST_LIMIT);
  return Math.max(limit / 100, (stable.bad + 0.5) / (stable.n + 2 / limit));
}

function addLogs(a: number, b: number): number {
  const high = Math.max(a, b);
  return Number.isFinite(high) ? high + Math.log1p(Math.exp(Math.min(a, b) - high)) : high;
}

/** The next interval of both arms, with the canary's percentage. An interval without canary requests only teaches. */
export function advance(process: Process, canary: Count, stable: Count, percent: number): Process {
  const { question, shares } = process;
  const remembered = {
    n: MEMORY * process.stable.n + stable.n,
    bad: MEMORY * process.stable.bad + stable.bad,
  };
  if (canary.n === 0) return { ...process, stable: remembered };
  const nth = process.nth + 1;
  const stepStarts = process.percent !== undefined && percent !== process.percent;
  const step = process.step + (stepStarts ? 1 : 0);
  const start = Math.log(startWeight(nth, stepStarts ? step : 0));
  const limit = limitOfInterval(question, stable);
  const predicted = predictedShare(process);
  const above: number[] = [];
  const beside: number[] = [];
  for (const [i, share] of shares.entries()) {
    const bet = logBetAbove(canary, share, limit);
    const compared =
      question.ratio === undefined || stable.n === 0
        ? bet
        : logBetOnRatio(canary, stable, share, predicted, question.ratio);
    above.push(addLogs(process.above[i] ?? 0, start) + bet);
    beside.push(addLogs(process.beside[i] ?? 0, start) + compared);
  }
  return { question, shares, above, beside, nth, step, percent, stable: remembered };
}

/** log of the evidence that the release is outside its limits. */
export function logEvidence({ above, beside }: Process): number {
  const total = (wealth: readonly number[]) =>
    logSumExp(wealth.map((value, i) => value + (LOG_STAKES[i] ?? 0)));
  return above.length === 0 ? 0 : Math.min(total(above), total(beside));
}
