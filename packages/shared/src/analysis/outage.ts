import type { Check } from './checks.ts';
import type { Count } from './eprocess.ts';
import type { ArmCounts, Interval } from './evidence.ts';
import type { Histogram } from './histogram.ts';

/** Clearly more bad events than `share` explains: three standard deviations of a Poisson count, and one event. */
export function clearlyAbove({ n, bad }: Count, share: number): boolean {
  const expected = n * share;
  return n > 0 && bad > expected + 3 * Math.sqrt(expected) + 1;
}

/** Read half a standard deviation high. */
const highShare = ({ n, bad }: Count) => (n === 0 ? 0 : (bad + 0.5 * Math.sqrt(bad)) / n);

/** What the last interval, the last two, … and all of them show together. */
const lastOf = (counts: readonly Count[]): Count[] =>
  counts.map((_, i) => ({
    n: counts.slice(i).reduce((sum, { n }) => sum + n, 0),
    bad: counts.slice(i).reduce((sum, { bad }) => sum + bad, 0),
  }));

/**
 * The limit of one interval: where `ratio` times what stable shows in it is above the limit, that. Where stable is clearly above
 * the limit in its last intervals (`recent`, this one included), they count, too: with few requests chance hides an outage for
 * an interval. Stable's counts say nothing about the canary's when the shares are given, so they may be looked at before the
 * bet, and a higher limit only weakens it. So a release that has its own errors, within the limit, and then shares an outage with
 * stable is not convicted either. That part is by simulation, not by proof, and not for every release that keeps now the
 * limit and now the ratio: `docs/verdict.md` has the figures.
 */
export function limitOfInterval(limit: number, ratio: number | undefined, recent: readonly Count[]): number {
  if (ratio === undefined) return limit;
  const telling = [...recent.slice(-1), ...lastOf(recent).filter((count) => clearlyAbove(count, limit))];
  return Math.max(limit, Math.min(1, ratio * Math.max(...telling.map(highShare))));
}

/**
 * The intervals of an outage of both arms: stable is clearly above the limit itself, and above `ratio` times its `usual`
 * share (a service that is always above the limit is not down). They say nothing about the release, so they count neither
 * for its health nor for its bake.
 */
export function outagesOf(
  check: Check,
  intervals: readonly Interval[],
  reference: Histogram | undefined,
  usual: ArmCounts | undefined,
): Interval[] {
  const { limit, ratio } = check;
  if (ratio === undefined) return [];
  const before = usual && check.count(usual, reference);
  const threshold = Math.max(limit, before && before.n > 0 ? (ratio * before.bad) / before.n : 0);
  return intervals.filter(({ stable }) => clearlyAbove(check.count(stable, reference), threshold));
}
