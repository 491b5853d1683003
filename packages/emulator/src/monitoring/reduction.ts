import { percentOf, type Reducer } from './aggregation.ts';
import type { Point } from './alignment.ts';
import { latencyBuckets } from './buckets.ts';
import { type Distribution, emptyDistribution, merged } from './distribution.ts';
import type { PointValue, SeriesLabels } from './metrics.ts';
import { percentile } from './percentile.ts';

/** A series as a query answers it; the points are oldest first. */
export type Series = { labels: SeriesLabels; points: Point[] };

/**
 * Combines aligned series that agree in the group-by fields. Labels outside of those are dropped. A period has a point
 * when any series of the group has one.
 */
export function reduce(
  series: readonly Series[],
  reducer: Exclude<Reducer, 'REDUCE_NONE'>,
  groupBy: string[],
): Series[] {
  const groups = new Map<string, { labels: SeriesLabels; members: Series[] }>();
  for (const member of series) {
    const labels = {
      resource: kept(member.labels.resource, 'resource', groupBy),
      metric: kept(member.labels.metric, 'metric', groupBy),
    };
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, members: [] };
    group.members.push(member);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ labels, members }) => ({ labels, points: reducePoints(members, reducer) }))
    .filter(({ points }) => points.length > 0);
}

function kept(
  labels: Record<string, string>,
  owner: 'resource' | 'metric',
  groupBy: string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => groupBy.includes(`${owner}.labels.${key}`)),
  );
}

function reducePoints(members: readonly Series[], reducer: Reducer): Point[] {
  const byEnd = new Map<number, Point[]>();
  for (const point of members.flatMap(({ points }) => points)) {
    byEnd.set(point.endMs, [...(byEnd.get(point.endMs) ?? []), point]);
  }
  return [...byEnd]
    .sort(([a], [b]) => a - b)
    .flatMap(([, points]) => {
      const [first] = points;
      const value = reduceValues(
        points.map((point) => point.value),
        reducer,
      );
      return first && value ? [{ ...first, value }] : [];
    });
}

function reduceValues(values: readonly PointValue[], reducer: Reducer): PointValue | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  if (first.type === 'DISTRIBUTION') {
    const together = values.reduce<Distribution>(
      (sum, value) => (value.type === 'DISTRIBUTION' ? merged(sum, value.value) : sum),
      emptyDistribution,
    );
    const percent = percentOf(reducer);
    if (percent === undefined) return { type: 'DISTRIBUTION', value: together };
    const value = percentile(together, percent, latencyBuckets);
    return value === undefined ? undefined : { type: 'DOUBLE', value };
  }
  const numbers = values.flatMap((value) => (value.type === 'DISTRIBUTION' ? [] : [value.value]));
  switch (reducer) {
    case 'REDUCE_MIN':
      return { type: first.type, value: Math.min(...numbers) };
    case 'REDUCE_MAX':
      return { type: first.type, value: Math.max(...numbers) };
    case 'REDUCE_MEAN':
      return { type: 'DOUBLE', value: numbers.reduce((sum, number) => sum + number, 0) / numbers.length };
    default:
      return { type: first.type, value: numbers.reduce((sum, number) => sum + number, 0) };
  }
}
