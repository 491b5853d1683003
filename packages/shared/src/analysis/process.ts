import { type Bets, betsOver, MULTIPLES } from './bets.ts';
import { type Book, logWealth, newBook, openBets, settle } from './book.ts';
import type { Count } from './eprocess.ts';
import { gainsAbove, gainsBeside, worthsAbove, worthsBeside } from './gains.ts';
import { type Habit, learn, newHabit, predictedShare, shareOfGood } from './habit.ts';
import { limitOfInterval } from './outage.ts';
import { noSuspicion, type Suspicion, suspect } from './suspicion.ts';

const SMALLEST_LIMIT = 1e-6;

/** `needed`: the log of the wealth that convicts. */
export type Question = { limit: number; ratio: number | undefined; needed: number };

/**
 * Two e-processes side by side: `above` against "within the limit in every interval", `beside` against "within `ratio` times
 * stable in every interval". A release is within its limits if either holds, so the minimum of the two is evidence
 * against both (E min ≤ min E).
 */
export type Process = {
  question: Question;
  bets: Bets;
  above: Book;
  beside: Book;
  habit: Habit;
  suspicion: Suspicion;
  /** The canary's percentage in the last interval in which it was judged beside stable. */
  percent: number | undefined;
};

/** The parts that are staked on a fault from the first interval, and kept for faults that begin with a later step. */
const FIRST = { above: 0.25, beside: 0.45 };
/** Beside stable a larger percentage makes a bad event of the canary say less, so that more has to be at stake by then. */
const RESERVE = { above: 0, beside: 0.27 };

/** `stable`: its counts before the first interval, where they are known. */
export function startProcess(question: Question, stable?: Count): Process {
  // A limit of 0 has no multiples to bet on.
  const limit = Math.max(question.limit, SMALLEST_LIMIT);
  const bets = betsOver(limit);
  return {
    question,
    bets,
    above: newBook(bets.shares.length, RESERVE.above),
    beside: newBook(bets.shares.length + MULTIPLES.length, RESERVE.beside),
    habit: newHabit(limit, stable),
    suspicion: noSuspicion(bets),
    percent: undefined,
  };
}

/** If stable should have so many requests, going by the canary's, they are not missing by chance (e⁻¹⁰, Poisson). */
const SURELY_SOME = 10;

/**
 * Whether stable has no traffic at all, so that the limit alone counts. Where it has just no request in this interval, its share is
 * unknown and may be that of an outage.
 */
const isAlone = (canary: Count, stable: Count, percent: number) =>
  stable.n === 0 && (canary.n * (100 - percent)) / percent >= SURELY_SOME;

/** The next interval of both arms, with the canary's percentage. An interval without canary requests only teaches. */
export function advance(process: Process, canary: Count, stable: Count, percent: number): Process {
  const { question, bets, habit, suspicion } = process;
  const { ratio, needed } = question;
  const learned = learn(habit, canary, stable);
  if (canary.n === 0 || bets.shares.length === 0) return { ...process, habit: learned };
  const stepBegins = percent !== process.percent;
  const limit = limitOfInterval(question.limit, ratio, learned.recent);
  const open = (arm: 'above' | 'beside', worths: readonly number[]) =>
    openBets(process[arm], FIRST[arm], stepBegins, worths, suspicion);
  const alone = worthsAbove(bets, habit.limit, canary.n, needed);
  const settleAlone = (book: Book) => settle(book, gainsAbove(needed, bets.shares, book.bets, canary, limit));
  const settleBeside = () => {
    if (ratio === undefined || isAlone(canary, stable, percent)) return settleAlone(open('beside', alone));
    if (stable.n === 0) return process.beside;
    const comparison = { ratio, predicted: predictedShare(habit) };
    const book = open('beside', worthsBeside(bets, comparison, canary.n, stable.n, needed));
    return settle(book, gainsBeside(needed, bets, comparison, book.bets, canary, stable));
  };
  const beside = settleBeside();
  return {
    ...process,
    above: settleAlone(open('above', alone)),
    beside,
    habit: learned,
    suspicion: suspect(suspicion, bets, canary, shareOfGood(habit, canary, stable)),
    percent: beside === process.beside ? process.percent : percent,
  };
}

/** log of the evidence that the release is outside its limits. */
export const logEvidence = ({ above, beside }: Process): number =>
  Math.min(logWealth(above), logWealth(beside));
