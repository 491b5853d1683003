import { logStakes, sharesAbove } from './bets.ts';
import { type Book, logWealth, newBook, openBets, settle } from './book.ts';
import { type Count, splitOf } from './eprocess.ts';
import { gainsAbove, gainsBeside } from './gains.ts';
import { limitOfInterval } from './outage.ts';

const SMALLEST_LIMIT = 1e-6;
const MEMORY = 0.98;

/** `needed`: the log of the wealth that convicts. */
export type Question = { limit: number; ratio: number | undefined; needed: number };

/** A limit of 0 has no multiples to bet on; this one has. */
const limitToBetOn = ({ limit }: Question) => Math.max(limit, SMALLEST_LIMIT);

/**
 * Two e-processes side by side: `above` against "within the limit in every interval", `beside` against "within `ratio` times
 * stable in every interval". A release is within its limits if either holds, so the minimum of the two is evidence
 * against both (E min ≤ min E).
 */
export type Process = {
  question: Question;
  shares: readonly number[];
  above: Book;
  beside: Book;
  /** The canary's percentage in the last interval with canary requests. */
  percent: number | undefined;
  /** Stable's counts so far, fading, from which its share in the next interval is predicted. */
  stable: Count;
};

export function startProcess(question: Question): Process {
  const shares = sharesAbove(limitToBetOn(question));
  const book = newBook(shares.length);
  return { question, shares, above: book, beside: book, percent: undefined, stable: { n: 0, bad: 0 } };
}

/**
 * Stable's share in the next interval, predicted from those before (any prediction keeps the guarantee; a bad one costs
 * time): a quarter of an event more than seen in four times as many requests as the limit allows one in, never below a
 * hundredth of the limit.
 */
function predictedShare({ question, stable }: Process): number {
  const limit = limitToBetOn(question);
  return Math.max(limit / 100, (stable.bad + 0.25) / (stable.n + 4 / limit));
}

/** Clearly more bad events than `expected`. */
const looksBad = (bad: number, expected: number) => bad >= Math.max(1, 1.4 * expected);

/** The next interval of both arms, with the canary's percentage. An interval without canary requests only teaches. */
export function advance(process: Process, canary: Count, stable: Count, percent: number): Process {
  const { question, shares } = process;
  const { ratio } = question;
  const remembered = {
    n: MEMORY * process.stable.n + stable.n,
    bad: MEMORY * process.stable.bad + stable.bad,
  };
  if (canary.n === 0) return { ...process, stable: remembered };
  const stepBegins = percent !== process.percent;
  const stakes = logStakes(shares, limitToBetOn(question), canary.n, question.needed);
  const above = openBets(process.above, stepBegins, stakes);
  const beside = openBets(process.beside, stepBegins, stakes);

  const limit = limitOfInterval(question.limit, ratio, stable);
  const gainedAbove = (bets: readonly number[]) => gainsAbove(question.needed, shares, bets, canary, limit);
  const isAbove = looksBad(canary.bad, canary.n * limit);
  const alone = ratio === undefined || stable.n === 0;
  return {
    question,
    shares,
    above: settle(above, gainedAbove(above.bets), isAbove),
    beside: alone
      ? settle(beside, gainedAbove(beside.bets), isAbove)
      : settle(
          beside,
          gainsBeside(
            { needed: question.needed, ratio },
            shares,
            beside.bets,
            canary,
            stable,
            predictedShare(process),
          ),
          looksBad(canary.bad, splitOf(canary, stable, ratio) * (canary.bad + stable.bad)),
        ),
    percent,
    stable: remembered,
  };
}

/** log of the evidence that the release is outside its limits. */
export function logEvidence({ shares, above, beside }: Process): number {
  return shares.length === 0 ? 0 : Math.min(logWealth(above), logWealth(beside));
}
