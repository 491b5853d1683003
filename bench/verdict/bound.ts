import { logBetAbove, logBetOnRatio } from '@apex-actions/shared/analysis/eprocess';
import { binomialChances } from '@apex-actions/testkit/random';
import { POLICY } from './apex.ts';
import { type Cell, percentAt, STEP_AT } from './world.ts';

/**
 * Information of one minute against the nearer hypothesis: within the limit, or within the ratio. The guarantee is for whatever
 * share the arms have in an interval, also one that goes with its traffic, so the nearest point within the ratio is taken for
 * each number of requests that the canary may get.
 */
function informationAt({ base, bad, rate }: Cell, minute: number): number {
  const all = Math.round(rate * 60);
  const ofCanary = percentAt(minute) / 100;
  const beside = binomialChances(all, ofCanary).reduce((sum, chance, n) => {
    const [canary, stable] = [n, all - n];
    const arms = [
      { n: canary, bad: canary * bad },
      { n: stable, bad: stable * base },
    ] as const;
    return sum + chance * logBetOnRatio(...arms, bad, base, POLICY.maxErrorRatio);
  }, 0);
  const n = all * ofCanary;
  return Math.min(logBetAbove({ n, bad: n * bad }, bad, POLICY.maxErrorRate), beside);
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
