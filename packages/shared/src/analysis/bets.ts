/**
 * What is bet on: the canary's odds of a bad event as a multiple of the limit's. Neighbours are about a factor of two apart, which
 * wastes a tenth of the information on shares between them at most. `prior` says how much a bet is worth having beside the others.
 */
const BETS = [
  { odds: 1.6, prior: 0.02 },
  { odds: 2.4, prior: 1 },
  { odds: 4.5, prior: 1 },
  { odds: 8, prior: 1 },
  { odds: 14, prior: 1 },
  { odds: 30, prior: 0.5 },
  { odds: 10_000, prior: 0.3 },
] as const;

/** Shares of the canary that are bet on, 0 to 1, and how much each is worth having beside the others. */
export type Bets = { shares: readonly number[]; priors: readonly number[] };

/** The bets that a limit above 0 asks for. No share can be above a limit of 1. */
export function betsOver(limit: number): Bets {
  const bets = limit >= 1 ? [] : BETS;
  return {
    shares: bets.map(({ odds }) => 1 / (1 + (1 - limit) / (limit * odds))),
    priors: bets.map(({ prior }) => prior),
  };
}

/**
 * Bets beside stable that need no guess of its share: the canary has so many times what is allowed. They are for a stable that is
 * not as it was before.
 */
export const MULTIPLES = [
  { multiple: 2.2, prior: 0.2 },
  { multiple: 6, prior: 0.4 },
] as const;

/** Counts are left to chance, so a little more is staked than would be enough on average. */
const CARE = 0.8;
/** In so many intervals half of the worth is lost. */
const LATE = 80;
const LEAST = 1e-3;

/**
 * How much a bet is worth having in an interval in which, if it is true, it gains `information` (a logarithm). It convicts after
 * needed/information intervals. Where that is less than one, exp(needed − information) of the wealth is all that it takes; where
 * it is very many, it is of little use. The number of requests says nothing about how many are bad, so it may be looked at
 * before the stake is placed.
 */
export function worthOf(information: number, needed: number): number {
  if (information <= 0) return LEAST;
  const enough = Math.min(1, Math.exp(CARE * (needed - information)));
  return Math.max(LEAST, enough / (1 + needed / information / LATE));
}
