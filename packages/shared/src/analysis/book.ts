import { logSumExp } from './eprocess.ts';

/**
 * The wealth of one e-process: `cash`, a `reserve` for steps, and the logs of what each bet has. It begins with 1. Bets are
 * opened with a part of the cash that is settled before the interval is seen, and each multiplies what it has by an e-value, so
 * the expectation of the sum stays at most 1 when the hypothesis is true: a mixture over the starts of a fault with predictable
 * weights (compare Shin, Ramdas, Rinaldo, "E-detectors", New England Journal of Statistics in Data Science 2, 2024, whose weights are
 * fixed beforehand).
 *
 * Most is staked where a fault is likely to have begun: with a step, and where the intervals before look like one, on what they
 * look like. Cash that was not staked on good intervals is there when the fault comes, so old good evidence cannot drown a
 * new fault.
 */
export type Book = {
  cash: number;
  reserve: number;
  bets: readonly number[];
  intervals: number;
  /** How often a fault was suspected: the sum of the probabilities. */
  suspected: number;
};

export const newBook = (bets: number, reserve: number): Book => ({
  cash: 1 - reserve,
  reserve,
  bets: Array<number>(bets).fill(Number.NEGATIVE_INFINITY),
  intervals: 0,
  suspected: 0,
});

/** The part of the reserve that a new step gets. */
const OF_RESERVE = 0.8;
/** The larger, the less is staked in an interval that nothing singles out. */
const PATIENCE = 40;
/** The part of the cash that the most certain suspicion gets. */
const MOST = 0.95;
/** After so many suspicions that came to nothing, half as much is staked on the next. */
const TRUST = 3;

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/**
 * Opens bets before an interval. `first` is the part of the cash to stake on the very first. `worths` says how the stake is divided
 * among the bets, `odds` how much each is suspected to be true already; bets that have none are not.
 */
export function openBets(
  book: Book,
  first: number,
  stepBegins: boolean,
  worths: readonly number[],
  odds: readonly number[],
): Book {
  const begins = book.intervals === 0;
  const ofReserve = begins || !stepBegins ? 0 : OF_RESERVE * book.reserve;
  const ofCash = book.cash * (begins ? first : 1 / (book.intervals + PATIENCE));
  const suspicion = sumOf(odds);
  const probability = begins ? 0 : suspicion / (1 + suspicion);
  const likely = worths.map((worth, i) => worth * (odds[i] ?? 0));
  const [allWorths, allLikely] = [sumOf(worths), sumOf(likely)];
  const trusted = Math.min(MOST, probability / (1 + book.suspected / TRUST));
  const onSuspicion = allLikely > 0 ? (book.cash - ofCash) * trusted : 0;
  return {
    cash: book.cash - ofCash - onSuspicion,
    reserve: book.reserve - ofReserve,
    bets: book.bets.map((log, i) => {
      const stake = ((ofReserve + ofCash) * (worths[i] ?? 0)) / allWorths;
      const more = onSuspicion > 0 ? (onSuspicion * (likely[i] ?? 0)) / allLikely : 0;
      return logSumExp([log, Math.log(stake + more)]);
    }),
    intervals: book.intervals + 1,
    suspected: book.suspected + probability,
  };
}

/** After the interval: the log of what each bet has gained. */
export function settle(book: Book, logGains: readonly number[]): Book {
  return { ...book, bets: book.bets.map((log, i) => log + (logGains[i] ?? 0)) };
}

/** log of the wealth. */
export const logWealth = ({ cash, reserve, bets }: Book): number =>
  logSumExp([Math.log(cash + reserve), ...bets]);
