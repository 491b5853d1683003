import { crossing } from './brent.ts';

/** How far `x` lies above `y`, in their unit: bounds of a confidence interval and the Hodges-Lehmann estimate. */
export type Shift = { lower: number; upper: number; estimate: number };

/** R's `uniroot` in `wilcox.test`: the interval is found to this distance, in the unit of the data. */
const TOLERANCE = 1e-4;

/** The rank sum of the first sample less its smallest possible value: pairs in which it is larger, ties as halves. */
export function uStatistic(x: readonly number[], y: readonly number[]): number {
  return rankSums(sorted(x), sorted(y), 0).u;
}

/**
 * The two-sample Mann-Whitney (Wilcoxon rank-sum) test as a confidence interval for the shift between the samples, by
 * the normal approximation with corrections for ties and continuity: `wilcox.test(x, y, conf.int = TRUE, exact = FALSE)`
 * of R, which https://github.com/spinnaker/kayenta reproduces. Samples with a single value each, and the same one, have
 * no such interval; samples with a single value each, and different ones, are shifted by exactly their difference.
 *
 * @param quantile of the standard normal distribution: 2.326 for a two-sided interval of 98 %
 */
export function shiftBetween(x: readonly number[], y: readonly number[], quantile: number): Shift {
  const [xs, ys] = [sorted(x), sorted(y)];
  const smallest = first(xs) - last(ys);
  const largest = last(xs) - first(ys);
  if (smallest === largest) return { lower: smallest, upper: smallest, estimate: smallest };

  const bound = (z: number) => {
    const excess = (shift: number) => standardScore(xs, ys, shift) - z;
    if (excess(smallest) <= 0) return smallest;
    if (excess(largest) >= 0) return largest;
    return crossing(excess, smallest, largest, TOLERANCE);
  };
  return { lower: bound(quantile), upper: bound(-quantile), estimate: bound(0) };
}

/** How many standard deviations the rank sum of `x - shift` is from what equal distributions would give. */
function standardScore(xs: readonly number[], ys: readonly number[], shift: number): number {
  const [m, n] = [xs.length, ys.length];
  const { u, ties } = rankSums(xs, ys, shift);
  const distance = u - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  return (distance - Math.sign(distance) / 2) / Math.sqrt(variance);
}

/** `ties`: the sum of t³ - t over the groups of t equal values. Both samples ascend. */
function rankSums(xs: readonly number[], ys: readonly number[], shift: number): { u: number; ties: number } {
  let [i, j, u, ties] = [0, 0, 0, 0];
  const xAt = (index: number) => (xs[index] ?? Number.POSITIVE_INFINITY) - shift;
  const yAt = (index: number) => ys[index] ?? Number.POSITIVE_INFINITY;
  while (i < xs.length || j < ys.length) {
    const value = Math.min(xAt(i), yAt(j));
    const [iFrom, jFrom] = [i, j];
    while (i < xs.length && xAt(i) === value) i += 1;
    while (j < ys.length && yAt(j) === value) j += 1;
    const [inX, inY] = [i - iFrom, j - jFrom];
    u += inX * (jFrom + inY / 2);
    ties += (inX + inY) ** 3 - (inX + inY);
  }
  return { u, ties };
}

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const first = (values: readonly number[]) => values.at(0) ?? Number.NaN;
const last = (values: readonly number[]) => values.at(-1) ?? Number.NaN;
