import { binomialTail } from './tail.ts';

/** The wealth that one bet has gained (log), and the share of successes it bets on. */
export type Stake = { logWealth: number; share: number };

/**
 * `trials` events are to be looked at together. The bets are likelihood ratios against the share `fair`; `worst` ≥ `fair`
 * is the largest share that the hypothesis allows. `logTarget`: the log of the wealth at which the hypothesis is rejected.
 */
export type Round = {
  stakes: readonly Stake[];
  trials: number;
  fair: number;
  worst: number;
  logTarget: number;
};

/** What a bet has (log) after no success at all is `logNone`, and `logEach` more with each success. */
type Bet = { wealth: number; tilt: number; tilted: number; logNone: number; logEach: number };

function betsOf({ stakes, trials, fair, worst }: Round): Bet[] {
  return stakes
    .filter(({ share }) => share > fair)
    .map(({ logWealth, share }) => {
      const tilt = (worst * share) / fair + ((1 - worst) * (1 - share)) / (1 - fair);
      const logFailure = Math.log((1 - share) / (1 - fair));
      return {
        wealth: Math.exp(logWealth),
        tilt,
        tilted: (worst * share) / fair / tilt,
        logNone: logWealth + trials * logFailure,
        logEach: Math.log(share / fair) - logFailure,
      };
    });
}

/** The fewest successes with which the wealth, times `exp(logFactor)`, reaches the target; `trials + 1` if none do. */
function fewestToReach(bets: readonly Bet[], { trials, logTarget }: Round, logFactor: number): number {
  const reaches = (successes: number) => {
    let wealth = 0;
    for (const { logNone, logEach } of bets) wealth += Math.exp(logNone + successes * logEach - logTarget);
    return wealth >= least;
  };
  const least = Math.exp(-logFactor);
  let [low, high] = [0, trials + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (middle > trials || reaches(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const ROUNDS = 4;
const WORTHWHILE = 0.005;
/** Bets with a smaller part of the wealth count as if none of it could be beyond the target, which only makes the boost smaller. */
const POOR = 0.002;

/** What a bet is expected to have, under `worst`, in the cases that do not reach the target. */
function shortOf(bet: Bet, trials: number, allWealth: number, fewest: number): number {
  const expected = bet.wealth * bet.tilt ** trials;
  return bet.wealth < POOR * allWealth ? expected : expected * (1 - binomialTail(trials, bet.tilted, fewest));
}

/**
 * log of the factor ≥ 1 by which the wealth may be raised before this round, because what it would gain beyond the target
 * is of no use: with the wealth cut off at the target the expectation under `worst` is still at most what it was (Fischer,
 * Ramdas, "Improving the (approximate) sequential probability ratio test by avoiding overshoot", 2024). All bets are on
 * more successes, so `worst` is the worst share of the hypothesis.
 */
export function logBoost(round: Round): number {
  const { trials, worst, logTarget } = round;
  const bets = betsOf(round);
  const target = Math.exp(logTarget);
  const wealth = bets.reduce((sum, bet) => sum + bet.wealth, 0);
  let factor = 1;
  for (let i = 0; i < ROUNDS && wealth > 0 && wealth * factor < target; i++) {
    const fewest = fewestToReach(bets, round, Math.log(factor));
    if (fewest > trials) break;
    const short = bets.reduce((sum, bet) => sum + shortOf(bet, trials, wealth, fewest), 0);
    const next = (wealth - target * binomialTail(trials, worst, fewest)) / short;
    if (!(Number.isFinite(next) && next > factor * (1 + WORTHWHILE))) break;
    factor = next;
  }
  return Math.log(factor);
}
