import { type Aligner, percentOf } from './aggregation.ts';
import { latencyBuckets } from './buckets.ts';
import { countBetween, type Distribution, emptyDistribution, merged, sliceBetween } from './distribution.ts';
import { alignmentPeriods, type Interval } from './grid.ts';
import type { PointValue } from './metrics.ts';
import { percentile } from './percentile.ts';
import type { Sample } from './store.ts';

/** A point of an aligned series; its interval is the alignment period. */
export type Point = Interval & { value: PointValue };

/**
 * Aligns the samples of one series (oldest first) to the periods of a query; the points are oldest first.
 *
 * A sample that a period covers in part counts in proportion, as if its requests were spread evenly; counts stay whole
 * by rounding at the edges of periods, so that the periods together always add up to the samples. ALIGN_SUM and
 * ALIGN_COUNT take whole samples instead, by the time they end. A period without requests between two that have some
 * is zero (common.proto: "created by interpolation"); before the first and after the last there is no point.
 */
export function align(
  samples: readonly Sample[],
  valueType: 'INT64' | 'DISTRIBUTION',
  aligner: Exclude<Aligner, 'ALIGN_NONE'>,
  interval: Interval,
  periodMs: number,
): Point[] {
  // Periods before the first sample are empty, and a query that starts at the epoch would have very many of them.
  const startMs = Math.max(interval.startMs, samples[0]?.startMs ?? interval.endMs);
  const periods = alignmentPeriods({ startMs, endMs: interval.endMs }, periodMs);
  const wholeSamples = aligner === 'ALIGN_SUM' || aligner === 'ALIGN_COUNT';
  const contents = distribute(samples, periods, periodMs, wholeSamples);
  return periods.slice(contents.first, contents.last + 1).flatMap((period, index) => {
    const content = contents.byPeriod[contents.first + index] ?? nothing;
    if (wholeSamples && content.samples === 0) return [];
    const value = aligned(content, valueType, aligner, periodMs);
    return value ? [{ ...period, value }] : [];
  });
}

function aligned(
  { samples, requests, latencies }: Content,
  valueType: 'INT64' | 'DISTRIBUTION',
  aligner: Aligner,
  periodMs: number,
): PointValue | undefined {
  if (aligner === 'ALIGN_RATE') return { type: 'DOUBLE', value: requests / (periodMs / 1000) };
  if (aligner === 'ALIGN_COUNT') return { type: 'INT64', value: samples };
  const percent = percentOf(aligner);
  if (percent === undefined) {
    return valueType === 'INT64'
      ? { type: 'INT64', value: requests }
      : { type: 'DISTRIBUTION', value: latencies };
  }
  const value = percentile(latencies, percent, latencyBuckets);
  return value === undefined ? undefined : { type: 'DOUBLE', value };
}

/** What a period holds of the samples. */
type Content = { samples: number; requests: number; latencies: Distribution };

const nothing: Content = { samples: 0, requests: 0, latencies: emptyDistribution };

/** `first` and `last` are the periods that samples reach into; last is below first when none does. */
type Contents = { first: number; last: number; byPeriod: Content[] };

function distribute(
  samples: readonly Sample[],
  periods: readonly Interval[],
  periodMs: number,
  wholeSamples: boolean,
): Contents {
  const contents: Contents = { first: periods.length, last: -1, byPeriod: periods.map(() => nothing) };
  const originMs = periods[0]?.startMs ?? 0;
  for (const { startMs, endMs, latencies } of samples) {
    const lastPeriod = Math.ceil((endMs - originMs) / periodMs) - 1;
    const firstPeriod = wholeSamples ? lastPeriod : Math.floor((startMs - originMs) / periodMs);
    for (let index = Math.max(firstPeriod, 0); index <= lastPeriod; index += 1) {
      const period = periods[index];
      if (!period) break;
      const share = (timeMs: number): number =>
        Math.min(1, Math.max(0, (timeMs - startMs) / (endMs - startMs)));
      const from = wholeSamples ? 0 : share(period.startMs);
      const to = wholeSamples ? 1 : share(period.endMs);
      const before = contents.byPeriod[index] ?? nothing;
      contents.first = Math.min(contents.first, index);
      contents.last = Math.max(contents.last, index);
      contents.byPeriod[index] = {
        samples: before.samples + 1,
        requests: before.requests + countBetween(latencies.count, from, to),
        latencies: merged(before.latencies, sliceBetween(latencies, from, to)),
      };
    }
  }
  return contents;
}

/** The points of a series that ask for no alignment: the samples that end within the interval. */
export function unaligned(
  samples: readonly Sample[],
  valueType: 'INT64' | 'DISTRIBUTION',
  interval: Interval,
): Point[] {
  return samples
    .filter(({ endMs }) => endMs > interval.startMs && endMs <= interval.endMs)
    .map(({ startMs, endMs, latencies }) => ({
      startMs,
      endMs,
      value:
        valueType === 'INT64'
          ? { type: 'INT64', value: latencies.count }
          : { type: 'DISTRIBUTION', value: latencies },
    }));
}
