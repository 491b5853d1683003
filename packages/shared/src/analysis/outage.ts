import type { Count } from './eprocess.ts';

/**
 * The limit of one interval. When stable itself is clearly above what would convict the canary (three standard deviations of
 * a Poisson count and one event), both arms are down: the limit is then `ratio` times stable's share, read two standard
 * deviations high. Stable's counts say nothing about the canary's when the shares are given, so they may be looked at
 * before the bet, and a higher limit only weakens it. So an outage of both does not convict a release that keeps the limit
 * at other times and `ratio` during the outage.
 */
export function limitOfInterval(limit: number, ratio: number | undefined, stable: Count): number {
  if (ratio === undefined || !sharedOutage(limit, ratio, stable)) return limit;
  return Math.max(limit, Math.min(1, (ratio * (stable.bad + 2 * Math.sqrt(stable.bad))) / stable.n));
}

/** True when stable's own bad events are clearly more than would be held against the canary. */
export function sharedOutage(limit: number, ratio: number, stable: Count): boolean {
  const expected = (stable.n * limit) / ratio;
  return stable.n > 0 && stable.bad > expected + 3 * Math.sqrt(expected) + 1;
}
