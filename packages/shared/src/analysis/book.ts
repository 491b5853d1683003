import { logSumExp } from './eprocess.ts';

/**
 * The wealth of one e-process: `cash`, and the logs of what each bet has. It begins with 1. Bets are opened with a part of the
 * cash that is settled before the interval is seen, and each multiplies what it has by an e-value, so the expectation of the
 * sum stays at most 1 when the hypothesis is true: a mixture over the starts of a fault with predictable weights (Shin, Ramdas,
 * Rinaldo, "E-detectors", New England Journal of Statistics in Data Science 2, 2024, whose weights are fixed beforehand).
 *
 * `alert`: the interval before looked bad. That is when most is staked: a fault lasts longer than an interval, and cash
 * that was not staked on good intervals is there when the fault comes. So old good evidence cannot drown a new fault.
 */
export type Book = { cash: number; bets: readonly number[]; alert: boolean };

export const newBook = (bets: number): Book => ({
  cash: 1,
  bets: Array<number>(bets).fill(Number.NEGATIVE_INFINITY),
  alert: false,
});

/** What is special about an interval: it is the first, or the first of a later step. */
export type Occasion = 'first' | 'step' | undefined;

const STAKED = { first: 0.4, step: 0.6, alert: 0.6, otherwise: 0.05 };

/** Opens bets before an interval; `logStakes` says how the stake is divided among them. */
export function openBets(
  { cash, bets, alert }: Book,
  occasion: Occasion,
  logStakes: readonly number[],
): Book {
  const part = Math.max(STAKED[occasion ?? 'otherwise'], alert ? STAKED.alert : 0);
  const staked = Math.log(cash * part);
  return {
    cash: cash * (1 - part),
    bets: bets.map((log, i) => logSumExp([log, staked + (logStakes[i] ?? 0)])),
    alert: false,
  };
}

/** After the interval: the log of what each bet has gained, and whether the interval looked bad. */
export function settle({ cash, bets }: Book, logGains: readonly number[], alert: boolean): Book {
  return { cash, bets: bets.map((log, i) => log + (logGains[i] ?? 0)), alert };
}

/** log of the wealth. */
export const logWealth = ({ cash, bets }: Book): number => logSumExp([Math.log(cash), ...bets]);
