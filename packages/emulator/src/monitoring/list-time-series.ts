import type { protos } from '@google-cloud/monitoring';
import { alignedShape, reducedShape, type Shape } from './aggregation.ts';
import { align, unaligned } from './alignment.ts';
import { matches } from './filter.ts';
import { resourceType, type SeriesLabels } from './metrics.ts';
import { decodeToken, encodeToken, fingerprint, pageOf } from './paging.ts';
import { parseQuery, type Query } from './query.ts';
import { reduce, type Series } from './reduction.ts';
import type { RequestSeries, RequestStore } from './store.ts';
import { toTimeSeries } from './wire.ts';

export type ListContext = {
  project: string;
  samplePeriodMs: number;
  store: RequestStore;
  /** Up to when data has been taken in. */
  asOfMs: number;
};

/** What `MetricService.ListTimeSeries` answers. */
export function listTimeSeries(
  request: protos.google.monitoring.v3.IListTimeSeriesRequest,
  { project, samplePeriodMs, store, asOfMs }: ListContext,
): protos.google.monitoring.v3.IListTimeSeriesResponse {
  const query = parseQuery(request, project, samplePeriodMs);
  const { metric, aggregation, headersOnly, pageSize } = query;
  const identity = fingerprint([
    request.name,
    request.filter,
    query.interval,
    query.aggregation,
    query.headersOnly,
  ]);
  const page = request.pageToken ? decodeToken(request.pageToken, identity) : { offset: 0, asOfMs };

  const ofMetric: Shape = { metricKind: 'DELTA', valueType: metric.valueType, unit: metric.unit };
  const shape = reducedShape(alignedShape(ofMetric, aggregation.aligner), aggregation.reducer);
  const series = answer(query, store.visible(page.asOfMs));

  // Pages count series with view HEADERS and points with view FULL (metric_service.proto); the latter may cut a series.
  const rows = headersOnly
    ? series.map(({ labels }) => ({ labels, points: [] }))
    : series.flatMap(({ labels, points }) =>
        points.toReversed().map((point) => ({ labels, points: [point] })),
      );
  const { items, next } = pageOf(rows, page.offset, pageSize);
  return {
    timeSeries: together(items).map(({ labels, points }) =>
      toTimeSeries(metric.type, resourceType, labels, shape, points),
    ),
    nextPageToken: next === undefined ? '' : encodeToken({ offset: next, asOfMs: page.asOfMs }, identity),
    unit: shape.unit,
  };
}

function answer({ metric, filter, interval, aggregation }: Query, visible: RequestSeries[]): Series[] {
  const { aligner, reducer, alignmentPeriodMs, groupBy } = aggregation;
  const series = visible
    .filter(({ labels }) => matches(filter, (field) => fieldOf(field, labels, metric.type)))
    .map(({ labels, samples }) => ({
      labels,
      points:
        aligner === 'ALIGN_NONE'
          ? unaligned(samples, metric.valueType, interval)
          : align(samples, metric.valueType, aligner, interval, alignmentPeriodMs),
    }))
    .filter(({ points }) => points.length > 0);
  return reducer === 'REDUCE_NONE' ? series : reduce(series, reducer, groupBy);
}

function fieldOf(field: string, { resource, metric }: SeriesLabels, metricType: string): string {
  if (field === 'metric.type') return metricType;
  if (field === 'resource.type') return resourceType;
  if (field === 'project') return resource.project_id ?? '';
  const [owner, , key = ''] = field.split('.');
  return (owner === 'metric' ? metric : resource)[key] ?? '';
}

/** Joins neighbouring rows of one series. */
function together(rows: readonly Series[]): Series[] {
  const joined: Series[] = [];
  for (const { labels, points } of rows) {
    const last = joined.at(-1);
    if (last?.labels === labels) last.points.push(...points);
    else joined.push({ labels, points: [...points] });
  }
  return joined;
}
