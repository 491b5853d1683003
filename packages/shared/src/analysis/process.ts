import { BETS, LOG_STAKES } from './bets.ts';
import { type Count, logSumExp } from './eprocess.ts';
import { gainsAbove, gainsBeside } from './gains.ts';
import { limitOfInterval } from './outage.ts';
import { startWeight } from './restarts.ts';

const SMALLEST_LIMIT = 1e-6;
const MEMORY = 0.98;

/** `needed`: the log of the wealth that convicts. */
export type Question = { limit: number; ratio: number | undefined; needed: number };

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
 * Stable's share in the next interval, predicted from those before (any prediction keeps the guarantee; a bad one costs
 * time): a quarter of an event more than seen in four times as many requests as the limit allows one in, never below a
 * hundredth of the limit.
 */
function predictedShare({ question, stable }: Process): number {
  const limit = Math.max(question.limit, SMALLEST_LIMIT);
  return Math.max(limit / 100, (stable.bad + 0.25) / (stable.n + 4 / limit));
}

function addLogs(a: number, b: number): number {
  const high = Math.max(a, b);
  return Number.isFinite(high) ? high + Math.log1p(Math.exp(Math.min(a, b) - high)) : high;
}

/** The next interval of both arms, with the canary's percentage. An interval without canary requests only teaches. */
export function advance(process: Process, canary: Count, stable: Count, percent: number): Process {
  const { question, shares } = process;
  const { ratio } = question;
  const remembered = {
    n: MEMORY * process.stable.n + stable.n,
    bad: MEMORY * process.stable.bad + stable.bad,
  };
  if (canary.n === 0) return { ...process, stable: remembered };
  const nth = process.nth + 1;
  const stepStarts = process.percent !== undefined && percent !== process.percent;
  const step = process.step + (stepStarts ? 1 : 0);
  const start = Math.log(startWeight(nth, stepStarts ? step : 0));
  const started = (wealth: readonly number[]) => wealth.map((value) => addLogs(value, start));
  const limit = limitOfInterval(question.limit, ratio, stable);

  const above = started(process.above);
  const beside = started(process.beside);
  const gainedAbove = gainsAbove(question.needed, shares, above, canary, limit);
  const gainedBeside =
    ratio === undefined || stable.n === 0
      ? gainsAbove(question.needed, shares, beside, canary, limit)
      : gainsBeside(
          { needed: question.needed, ratio },
          shares,
          beside,
          canary,
          stable,
          predictedShare(process),
        );
  return {
    question,
    shares,
    above: above.map((value, i) => value + (gainedAbove[i] ?? 0)),
    beside: beside.map((value, i) => value + (gainedBeside[i] ?? 0)),
    nth,
    step,
    percent,
    stable: remembered,
  };
}

/** log of the evidence that the release is outside its limits. */
export function logEvidence({ above, beside }: Process): number {
  const total = (wealth: readonly number[]) =>
    logSumExp(wealth.map((value, i) => value + (LOG_STAKES[i] ?? 0)));
  return above.length === 0 ? 0 : Math.min(total(above), total(beside));
}
