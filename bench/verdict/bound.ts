import { POLICY } from './apex.ts';
import { type Cell, percentAt, STEP_AT } from './world.ts';

/** Kullback-Leibler divergence of two coins. */
function kl(p: number, q: number): number {
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return term(p, q) + term(1 - p, 1 - q);
}

const GRID = 4000;

/** Information of one minute against the nearer hypothesis: within the limit, or within the ratio (nearest point on a grid). */
function informationAt({ base, bad, rate }: Cell, minute: number): number {
  const canary = rate * 60 * (percentAt(minute) / 100);
  const stable = rate * 60 - canary;
  const ratio = POLICY.maxErrorRatio;
  const beside = Array.from({ length: GRID }, (_, i) => {
    const share = 10 ** (-7 + (7 * (i + 0.5)) / GRID) / ratio;
    return (bad <= ratio * share ? 0 : canary * kl(bad, ratio * share)) + stable * kl(base, share);
  });
  return Math.min(canary * kl(bad, POLICY.maxErrorRate), ...beside);
}

/**
 * Wald's lower bound on the mean number of intervals, from the fault on, until a test that errs with at most
 * 1 − confidence rejects, even one that knows both shares and when the fault begins: log(1/α) divided by the information
 * per interval (Wald, "Sequential Analysis", 1947, A:72), step by step.
 */
export function lowerBound(cell: Cell): number {
  const needed = -Math.log(1 - POLICY.confidence);
  const first = informationAt(cell, cell.faultAt);
  const minutesOfStep = cell.faultAt < STEP_AT ? STEP_AT - cell.faultAt : Number.POSITIVE_INFINITY;
  if (needed <= first * minutesOfStep) return needed / first;
  return minutesOfStep + (needed - first * minutesOfStep) / informationAt(cell, STEP_AT);
}
