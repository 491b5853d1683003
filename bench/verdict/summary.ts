import { MAX_ERROR_RATE } from './contender.ts';
import { CONTENDERS, type Result } from './measure.ts';
import { MINUTES } from './world.ts';

export type Row = {
  name: string;
  /** In the worst cell of good releases, and in the worst of those that are like a calm stable below the limit. */
  worstFalseRollbacks: number;
  worstWhenCalm: number;
  /** Means over the cells of bad releases; a verdict that does not come counts as the whole rollout. */
  misses: number;
  median: number;
  p95: number;
  badResponses: number;
  /** Median minutes until a good release is promoted, at 30 requests a second and a base rate of 0.1 %. */
  promotion: number;
};

/** Where every rollout was rolled back before the fault there is no delay. */
function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

const isCalm = ({ cell: { weather, times, base } }: Result) =>
  weather === 'calm' && times === 1 && base < MAX_ERROR_RATE;

/** The cell in which the times to promotion are compared: ours is that of its own schedule. */
function promotionOf(good: readonly Result[], i: number): number {
  const usual = good.find(
    (result) => isCalm(result) && result.cell.rate === 30 && result.cell.base === 0.001,
  );
  return (i === 0 ? usual?.promoted : usual?.scores[i]?.promotion) ?? Number.NaN;
}

export function summarise(good: readonly Result[], bad: readonly Result[]): Row[] {
  return CONTENDERS.map(({ name }, i) => {
    const of = (pick: (score: Result['scores'][number]) => number) => (result: Result) => {
      const score = result.scores[i];
      return score ? pick(score) : Number.NaN;
    };
    return {
      name,
      worstFalseRollbacks: Math.max(...good.map(of(({ falseRollbacks }) => falseRollbacks))),
      worstWhenCalm: Math.max(...good.filter(isCalm).map(of(({ falseRollbacks }) => falseRollbacks))),
      misses: mean(bad.map(of(({ misses }) => misses))),
      median: mean(bad.map(of(({ median }) => Math.min(median, MINUTES)))),
      p95: mean(bad.map(of(({ p95 }) => Math.min(p95, MINUTES)))),
      badResponses: mean(bad.map(of(({ badResponses }) => badResponses))),
      promotion: promotionOf(good, i),
    };
  });
}

/** Cells in which a policy that keeps its false rollbacks within the budget everywhere is quicker than ours. */
export function quickerThanOurs(rows: readonly Row[], bad: readonly Result[], budget: number): string[] {
  const honest = rows.flatMap(({ name, worstFalseRollbacks }, i) =>
    i > 0 && worstFalseRollbacks <= budget ? [{ name, i }] : [],
  );
  return bad.flatMap(({ cell, scores }) =>
    honest
      .filter(({ i }) => (scores[i]?.median ?? Number.NaN) < (scores[0]?.median ?? Number.NaN))
      .map(({ name }) => `${name}: ${JSON.stringify(cell)}`),
  );
}

/**
 * Of the cells whose bound is above two intervals, our median as a multiple of it; `whole` says that it is within 1.5 times
 * the bound in whole intervals, at whose ends alone a verdict can come.
 */
export function ratios(bad: readonly Result[]) {
  return bad.flatMap(({ cell, bound, unhurried }) =>
    bound === undefined || unhurried === undefined || bound <= 2
      ? []
      : [
          {
            cell,
            bound,
            median: unhurried,
            ratio: unhurried / bound,
            whole: unhurried <= 1.5 * Math.ceil(bound),
          },
        ],
  );
}
