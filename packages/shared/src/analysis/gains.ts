import { BETS } from './bets.ts';
import { logBoost } from './boost.ts';
import { type Count, logBetAbove, logBetOnRatio, logBetOnSplit, splitOf } from './eprocess.ts';

const staked = (wealth: readonly number[], shares: readonly number[]) =>
  wealth.map((logWealth, i) => ({ logWealth, share: shares[i] ?? 0 }));

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
  const stakes = staked(wealth, shares);
  const round = { stakes, trials: canary.n, fair: limit, worst: limit, logTarget: needed };
  const boost = limit > 0 && limit < 1 ? logBoost(round) : 0;
  return shares.map((share) => (share > limit ? boost + logBetAbove(canary, share, limit) : 0));
}

/** Bad events this rare fall to one arm or the other as if each were drawn by itself. */
const RARE = 0.05;

/**
 * What each bet gains in an interval against "the canary's share is at most `ratio` times stable's". Small multiples bet on
 * the split of the bad events, with a boost; large ones on both shares, stable's being `predicted`.
 *
 * Given how many events were bad, the canary's part is hypergeometric with an odds ratio of at most
 * ratio·(1−s)/(1−ratio·s). A binomial count with the split of that ratio, s being the share of both arms together, boosts
 * no more than that allows: `boost.test.ts` adds up the expectation over all counts.
 */
export function gainsBeside(
  { needed, ratio }: { needed: number; ratio: number },
  shares: readonly number[],
  wealth: readonly number[],
  canary: Count,
  stable: Count,
  predicted: number,
): number[] {
  const fair = splitOf(canary, stable, ratio);
  const splits = BETS.map(({ odds, on }) => (on === 'split' ? splitOf(canary, stable, ratio * odds) : 0));
  const bad = canary.bad + stable.bad;
  const pooled = bad / (canary.n + stable.n);
  const rare = bad > 0 && pooled <= RARE && ratio * pooled < 0.5;
  const worst = splitOf(canary, stable, (ratio * (1 - pooled)) / (1 - ratio * pooled));
  const round = { stakes: staked(wealth, splits), trials: bad, fair, worst, logTarget: needed };
  const boost = rare ? logBoost(round) : 0;
  return shares.map((share, i) =>
    BETS[i]?.on === 'split'
      ? boost + logBetOnSplit(canary, stable, splits[i] ?? fair, fair)
      : logBetOnRatio(canary, stable, share, predicted, ratio),
  );
}
