import type { Count } from './eprocess.ts';
import { clearlyAbove } from './outage.ts';

/**
 * What the arms have shown so far, fading, for guesses of what they will show next. Any guess keeps the guarantee; a bad one costs
 * time. Outages of both arms are remembered as no worse than the limit, which is above 0.
 */
export type Habit = {
  limit: number;
  canary: Count;
  stable: Count;
  /** Stable's in the last intervals, outages and all. */
  recent: readonly Count[];
};

const none: Count = { n: 0, bad: 0 };

export const newHabit = (limit: number, stable = none): Habit => ({
  limit,
  canary: none,
  stable,
  recent: [],
});

const MEMORY = 0.99;
const RECENT_INTERVALS = 8;

export function learn(habit: Habit, canary: Count, stable: Count): Habit {
  const { limit } = habit;
  const most = clearlyAbove(stable, limit) ? limit : 1;
  const add = (old: Count, { n, bad }: Count): Count => ({
    n: MEMORY * old.n + n,
    bad: MEMORY * old.bad + Math.min(bad, n * most),
  });
  return {
    limit,
    canary: add(habit.canary, canary),
    stable: add(habit.stable, stable),
    recent: [...habit.recent, stable].slice(-RECENT_INTERVALS),
  };
}

/**
 * Stable's share in the next interval: a quarter of an event more than seen in four times as many requests as the limit allows
 * one in, never below a hundredth of the limit.
 */
export function predictedShare({ limit, stable }: Habit): number {
  return Math.max(limit / 100, (stable.bad + 0.25) / (stable.n + 4 / limit));
}

/** A canary has a habit of its own after about so many intervals. */
const SETTLED = 15;

/**
 * The share that the canary would show in this interval if nothing new were wrong with it: that of stable, which becomes its
 * own where that has long been higher. In an outage of both arms what stable shows.
 */
export function shareOfGood(habit: Habit, canary: Count, stable: Count): number {
  if (clearlyAbove(stable, habit.limit)) return stable.bad / stable.n;
  const predicted = predictedShare(habit);
  const own = habit.canary;
  const weight = SETTLED * canary.n;
  return Math.max(predicted, (own.bad + weight * predicted) / (own.n + weight));
}
