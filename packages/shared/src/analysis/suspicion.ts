import type { Bets } from './bets.ts';
import { type Count, logBetAbove } from './eprocess.ts';

/**
 * For each bet the odds that the canary has begun to be as bad as that, against still being as good as it should be: Shiryaev's
 * recursion ("On optimum methods in quickest detection problems", Theory of Probability and Its Applications 8, 1963). It only
 * says where to stake next, so a wrong guess of what is good costs time and never the guarantee.
 */
export type Suspicion = readonly number[];

export const noSuspicion = ({ shares }: Bets): Suspicion => shares.map(() => 0);

/** The chance that a fault begins in an interval, times a bet's prior. */
const HAZARD = 0.005;
/** More certain than this is of no use, and takes longer to forget. */
const MOST = Math.log(1e6);

/** After an interval of the canary; `good` is the share that a good one would show, above 0. */
export function suspect(odds: Suspicion, bets: Bets, canary: Count, good: number): Suspicion {
  const logs = bets.shares.map((share, i) => {
    if (share <= good) return Number.NEGATIVE_INFINITY;
    return Math.log((odds[i] ?? 0) + HAZARD * (bets.priors[i] ?? 0)) + logBetAbove(canary, share, good);
  });
  const excess = Math.max(0, Math.max(...logs) - MOST);
  return logs.map((log) => Math.exp(log - excess));
}
