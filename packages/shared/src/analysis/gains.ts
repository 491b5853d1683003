import { type Bets, MULTIPLES, worthOf } from './bets.ts';
import { logBoost } from './boost.ts';
import { type Count, logBetAbove, logBetOnRatio, logBetOnSplit, splitOf } from './eprocess.ts';

/** What each bet is worth having against "at most `limit`", with so many requests of the canary. */
export function worthsAbove({ shares, priors }: Bets, limit: number, n: number, needed: number): number[] {
  return shares.map(
    (share, i) => (priors[i] ?? 0) * worthOf(logBetAbove({ n, bad: n * share }, share, limit), needed),
  );
}

/**
 * What each bet gains in an interval against "the canary's share is at most `limit`", the boost included. `needed` is the
 * log of the wealth that convicts; all are logs.
 */
export function gainsAbove(
  needed: number,
  shares: readonly number[],
  wealth: readonly number[],
  canary: Count,
  limit: number,
): number[] {
  const stakes = shares.map((share, i) => ({ logWealth: wealth[i] ?? Number.NEGATIVE_INFINITY, share }));
  const round = { stakes, trials: canary.n, fair: limit, worst: limit, logTarget: needed };
  const boost = limit > 0 && limit < 1 ? logBoost(round) : 0;
  return shares.map((share) => (share > limit ? boost + logBetAbove(canary, share, limit) : 0));
}

/** Against "the canary's share is at most `ratio` times stable's"; `predicted` is stable's share, guessed from before. */
export type Comparison = { ratio: number; predicted: number };

/**
 * What each bet is worth having beside stable, with so many requests of both: the shares, then the multiples. A share that is
 * within `ratio` times the predicted one is no bet.
 */
export function worthsBeside(
  { shares, priors }: Bets,
  { ratio, predicted }: Comparison,
  canary: number,
  stable: number,
  needed: number,
): number[] {
  const ofShares = shares.map((share, i) => {
    if (share <= ratio * predicted) return 0;
    const arms = [
      { n: canary, bad: canary * share },
      { n: stable, bad: stable * predicted },
    ] as const;
    return (priors[i] ?? 0) * worthOf(logBetOnRatio(...arms, share, predicted, ratio), needed);
  });
  return [...ofShares, ...MULTIPLES.map(({ prior }) => prior)];
}

/** Bad events this rare fall to one arm or the other as if each were drawn by itself. */
const RARE = 0.05;
/** Of a canary with more than this a request without an error says something, too: those bets are on both shares. */
const RARE_IN_CANARY = 0.08;

/**
 * What each bet gains beside stable, the shares, then the multiples. Bets on small shares, and multiples, are on the split of
 * the bad events, with a boost; large ones on both shares.
 *
 * Given how many events were bad, the canary's part is hypergeometric with an odds ratio ψ of at most
 * ratio·(1−s)/(1−ratio·s). Events are drawn without replacement, so even the last has odds of at most ψ·n_c/(n_s − bad + 1) to be
 * the canary's, and a binomial count with those odds boosts no more than that allows. For s the share of both arms together is
 * taken, which is an approximation: `boost.test.ts` adds up the expectation over all counts.
 */
export function gainsBeside(
  needed: number,
  { shares }: Bets,
  { ratio, predicted }: Comparison,
  wealth: readonly number[],
  canary: Count,
  stable: Count,
): number[] {
  const fair = splitOf(canary, stable, ratio);
  const onBoth = (i: number) => (shares[i] ?? 0) > RARE_IN_CANARY;
  const splits = [
    ...shares.map((share) => splitOf(canary, stable, share / predicted)),
    ...MULTIPLES.map(({ multiple }) => splitOf(canary, stable, ratio * multiple)),
  ].map((split) => Math.max(split, fair));
  const bad = canary.bad + stable.bad;
  const pooled = bad / (canary.n + stable.n);
  const rare = bad > 0 && pooled <= RARE && ratio * pooled < 0.5;
  const left = { n: Math.max(1, stable.n - bad + 1), bad: 0 };
  const worst = splitOf(canary, left, (ratio * (1 - pooled)) / (1 - ratio * pooled));
  const stakes = splits.flatMap((share, i) =>
    onBoth(i) ? [] : [{ logWealth: wealth[i] ?? Number.NEGATIVE_INFINITY, share }],
  );
  const boost = rare ? logBoost({ stakes, trials: bad, fair, worst, logTarget: needed }) : 0;
  return splits.map((split, i) => {
    if (onBoth(i)) return logBetOnRatio(canary, stable, shares[i] ?? 0, predicted, ratio);
    return split > fair ? boost + logBetOnSplit(canary, stable, split, fair) : 0;
  });
}
