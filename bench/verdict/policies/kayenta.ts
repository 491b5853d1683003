import { type Contender, type Counts, type Evidence, errorRateOf } from '../contender.ts';
import { shiftBetween } from '../mann-whitney.ts';

/** Fixed in NetflixACAJudge: two-sided 98 %, and a band of a quarter of the estimate in which a shift is no difference. */
const QUANTILE_98 = 2.3263478740408408;
const TOLERANCE = 0.25;
/** `effectSize.allowedIncrease` by its default: the canary's mean over the baseline's. */
const ALLOWED_INCREASE = 1;

/** Scores of 0 to 100. */
const MARGINAL = 75;
const PASS = 95;

/** Settings of the canary stage. */
export type Stage = { name: string; lifetimeMinutes: number; intervalMinutes: number };

/**
 * Kayenta's NetflixACAJudge in Spinnaker's canary stage.
 *
 * Judge: https://spinnaker.io/docs/guides/user/canary/judge/. The one metric is the error rate in percent, a value for
 * each minute (`step` 60) and side, `direction: increase`, other settings by default.
 * - High, if the 98 % interval of the Mann-Whitney test lies above a quarter of the estimate, and the ratio of the
 *   means is at least 1 or has no value since a mean is 0. It has no limit for the error rate: our 1 % has no
 *   counterpart, it only asks for a difference from stable. Interval and estimate come from a root finder with a
 *   tolerance of 0.0001 in the metric's unit, as in Kayenta: for rates that are mostly 0 it decides, so percent matter.
 * - Minutes without requests have no value and are removed (`nanStrategy: remove`). A side without any gives `Nodata`,
 *   and half or more of the metrics without data is a score of 0. Equal values on both sides pass.
 * - One metric scores 100 or 0. (Kayenta adds a noise of 0.001 % where both sides have a single value each, so that the
 *   test can be computed; here their difference is taken for the interval and the estimate.)
 *
 * Stage: https://spinnaker.io/docs/guides/user/canary/stage/ with the starting points of
 * https://spinnaker.io/docs/guides/user/canary/best-practices/: lifetime 3 hours, a judgement each hour, no warm-up, no
 * lookback (each judgement takes all minutes since the start: "growing"), marginal 75, pass 95. A judgement below
 * marginal fails at once; the last one must reach pass. The baseline is the stable side itself, though the page advises
 * a fresh deployment of equal size: a Cloud Run service has none.
 */
export const kayenta = kayentaWith({ name: 'Kayenta', lifetimeMinutes: 180, intervalMinutes: 60 });

/**
 * The same judge within the 40 minutes of the simulation, since the hour before the first documented judgement is longer.
 * Ten minutes are less than the 50 values that the same page asks for.
 */
export const kayentaEveryTenMinutes = kayentaWith({
  name: 'Kayenta, judging every 10 min',
  lifetimeMinutes: 40,
  intervalMinutes: 10,
});

export function kayentaWith({ name, lifetimeMinutes, intervalMinutes }: Stage): Contender {
  return {
    name,
    start: () => {
      const seen: Evidence[] = [];
      return {
        minute: (evidence) => {
          seen.push(evidence);
          if (seen.length % intervalMinutes !== 0) return 'go on';
          const score = scoreOf(seen);
          if (score < MARGINAL) return 'roll back';
          if (seen.length < lifetimeMinutes) return 'go on';
          return score >= PASS ? 'promote' : 'roll back';
        },
      };
    },
  };
}

function scoreOf(seen: readonly Evidence[]): number {
  const label = classify(
    percentages(seen.map(({ canary }) => canary)),
    percentages(seen.map(({ stable }) => stable)),
  );
  return label === 'Pass' ? 100 : 0;
}

/** How the judge labels a metric, from its values on both sides. */
export function classify(canary: readonly number[], stable: readonly number[]): 'Pass' | 'High' | 'Nodata' {
  if (canary.length === 0 || stable.length === 0) return 'Nodata';
  if (sameValues(canary, stable)) return 'Pass';
  const { lower, estimate } = shiftBetween(canary, stable, QUANTILE_98);
  const [canaryMean, stableMean] = [mean(canary), mean(stable)];
  const increased = canaryMean === 0 || stableMean === 0 || canaryMean / stableMean >= ALLOWED_INCREASE;
  return lower > TOLERANCE * Math.abs(estimate) && increased ? 'High' : 'Pass';
}

/** In any order; or one value only on both sides. */
function sameValues(canary: readonly number[], stable: readonly number[]): boolean {
  const ascending = (a: number, b: number) => a - b;
  const [ours, theirs] = [canary.toSorted(ascending), stable.toSorted(ascending)];
  const identical = ours.length === theirs.length && ours.every((value, i) => value === theirs[i]);
  return identical || new Set([...ours, ...theirs]).size === 1;
}

function percentages(minutes: readonly Counts[]): readonly number[] {
  return minutes.map(errorRateOf).flatMap((rate) => (rate === undefined ? [] : [100 * rate]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
