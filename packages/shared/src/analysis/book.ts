import { logSumExp } from './eprocess.ts';

/**
 * The wealth of one e-process: `cash`, and the logs of what each bet has. It begins with 1. Bets are opened with a part of the
 * cash that is settled before the interval is seen, and each multiplies what it has by an e-value, so the expectation of the
 * sum stays at most 1 when the hypothesis is true: a mixture over the starts of a fault with predictable weights (Shin, Ramdas,
 * Rinaldo, "E-detectors", New England Journal of Statistics in Data Science 2, 2024, whose weights are fixed beforehand).
 *
 * Most is staked where a fault is likely to have begun: with a step, and after an interval that looked bad, since a fault
 * lasts longer than an interval. Cash that was not staked on good intervals is there when the fault comes, so old good
 * evidence cannot drown a new fault. The more often that was wrong, the smaller the part the next time, so that the cash goes
 * down with a power of how often, and with the number of intervals, never exponentially.
 */
export type Book = {
  cash: number;
  bets: readonly number[];
  intervals: number;
  /** How often more was staked, for a step or an alert. */
  occasions: number;
  /** The interval before looked bad. */
  alert: boolean;
};

export const newBook = (bets: number): Book => ({
  cash: 1,
  bets: Array<number>(bets).fill(Number.NEGATIVE_INFINITY),
  intervals: 0,
  occasions: 0,
  alert: false,
});

const FIRST = 0.4;

/** The part of the cash to stake: 0.4 at first; 0.71, 0.44, 0.32 … with steps and after alerts; else 1/20, 1/21, 1/22 … */
function partToStake({ intervals, occasions }: Book, isOccasion: boolean): number {
  if (intervals === 0) return FIRST;
  return isOccasion ? 1.2 / (occasions + 1.7) : 1 / (intervals + 19);
}

/** Opens bets before an interval; `logStakes` says how the stake is divided among them. */
export function openBets(book: Book, stepBegins: boolean, logStakes: readonly number[]): Book {
  const isOccasion = book.intervals > 0 && (stepBegins || book.alert);
  const part = partToStake(book, isOccasion);
  const staked = Math.log(book.cash * part);
  return {
    cash: book.cash * (1 - part),
    bets: book.bets.map((log, i) => logSumExp([log, staked + (logStakes[i] ?? 0)])),
    intervals: book.intervals + 1,
    occasions: book.occasions + (isOccasion ? 1 : 0),
    alert: false,
  };
}

/** After the interval: the log of what each bet has gained, and whether the interval looked bad. */
export function settle(book: Book, logGains: readonly number[], alert: boolean): Book {
  return { ...book, bets: book.bets.map((log, i) => log + (logGains[i] ?? 0)), alert };
}

/** log of the wealth. */
export const logWealth = ({ cash, bets }: Book): number => logSumExp([Math.log(cash), ...bets]);
