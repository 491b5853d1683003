/**
 * What is bet on: the canary's odds of a bad event as a multiple of the limit's, or of what stable allows. Neighbours are a
 * factor of about two and a half apart, which wastes less than a fifth of the information on shares between them; most is
 * staked where proof takes longer than an interval. The stakes sum to 1. Beside stable, small multiples are bets on the
 * `split` of the bad events alone, large ones on the shares of `both` arms, which says more when most requests fail.
 */
export const BETS = [
  { odds: 1.5, stake: 0.02, on: 'split' },
  { odds: 2.2, stake: 0.27, on: 'split' },
  { odds: 6, stake: 0.29, on: 'split' },
  { odds: 12, stake: 0.32, on: 'both' },
  { odds: 10_000, stake: 0.1, on: 'both' },
] as const;

export const LOG_STAKES = BETS.map(({ stake }) => Math.log(stake));
