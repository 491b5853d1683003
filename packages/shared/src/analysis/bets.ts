import { logBetAbove } from './eprocess.ts';

/**
 * What is bet on: the canary's odds of a bad event as a multiple of the limit's, or of what stable allows. Neighbours are a
 * factor of about two and a half apart, which wastes less than a fifth of the information on shares between them. `prior` says
 * how much a bet is worth having beside the others. Beside stable most are bets on the `split` of the bad events alone; two
 * are on the shares of `both` arms, which says more where counts are small and where most requests fail.
 */
export const BETS = [
  { odds: 1.5, prior: 0.02, on: 'split' },
  { odds: 2.2, prior: 1, on: 'split' },
  { odds: 6, prior: 1, on: 'split' },
  { odds: 12, prior: 1, on: 'both' },
  { odds: 30, prior: 1, on: 'split' },
  { odds: 10_000, prior: 0.3, on: 'both' },
] as const;

/** The canary's shares that are bet on, given the limit, which is above 0; none can be above a limit of 1. */
export function sharesAbove(limit: number): number[] {
  return limit >= 1 ? [] : BETS.map(({ odds }) => 1 / (1 + (1 - limit) / (limit * odds)));
}

const SOON = 0.6;
const LATE = 60;
const LEAST = 1e-3;

/**
 * The logs of the parts of what is staked now that go to each of `shares`; the parts sum to 1. `n` requests in an interval
 * of which just that share is bad gain n·KL(share‖limit), so a bet takes needed/(n·KL) intervals until it convicts. One that
 * convicts in less than an interval does so with hardly any stake; one that takes more than sixty is of little use. The
 * number of requests says nothing about how many are bad, so it may be looked at before the stake is placed.
 */
export function logStakes(shares: readonly number[], limit: number, n: number, needed: number): number[] {
  const worths = shares.map((share, i) => {
    const intervals = needed / logBetAbove({ n, bad: n * share }, share, limit);
    return (
      (BETS[i]?.prior ?? 0) * Math.max(LEAST, 1 / (1 + (SOON / intervals) ** 3) / (1 + intervals / LATE))
    );
  });
  const sum = worths.reduce((total, worth) => total + worth, 0);
  return worths.map((worth) => Math.log(worth / sum));
}
