import type { protos } from '@google-cloud/monitoring';
import type { Aligner } from './aggregation.ts';
import { checkProject } from './descriptors.ts';
import { canonicalField, type Filter, matches, parseFilter, requirements } from './filter.ts';
import { alignmentPeriods, type Interval } from './grid.ts';
import type { SeriesLabels } from './metrics.ts';
import { parseAggregation, parseInterval } from './query.ts';
import { reduce, type Series } from './reduction.ts';
import { invalidArgument, unimplemented } from './rpc-error.ts';
import { toTimeSeries } from './wire.ts';

/** A gauge of a monitored resource and its value from now on; `null` ends it. */
export type GaugeSetting = {
  /** Such as `custom.googleapis.com/queue_depth`. */
  metric: string;
  resource: { type: string; labels?: Record<string, string> };
  labels?: Record<string, string>;
  value: number | null;
};

type Stored = Omit<GaugeSetting, 'value'> & { changes: { atMs: number; value: number | null }[] };

export type GaugeStore = {
  set(setting: GaugeSetting, atMs: number): void;
  /** Whether a metric of that type was ever set. */
  has(metric: string): boolean;
  series(metric: string): readonly Stored[];
};

const sorted = (labels: Record<string, string> = {}) =>
  Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));

export function createGaugeStore(): GaugeStore {
  const stored = new Map<string, Stored>();
  const ofMetric = (metric: string) => [...stored.values()].filter((gauge) => gauge.metric === metric);
  return {
    set({ value, ...gauge }, atMs) {
      const key = JSON.stringify([
        gauge.metric,
        gauge.resource.type,
        sorted(gauge.resource.labels),
        sorted(gauge.labels),
      ]);
      const series = stored.get(key) ?? { ...gauge, changes: [] };
      series.changes.push({ atMs, value });
      stored.set(key, series);
    },
    has: (metric) => ofMetric(metric).length > 0,
    series: ofMetric,
  };
}

/** The one metric type that a filter names. */
export function metricTypeOf(filter: string): string | undefined {
  const named = requirements(parseFilter(filter)).find(
    ({ field, negated, test }) => field === 'metric.type' && !negated && test.kind === 'equals',
  );
  return named?.test.kind === 'equals' ? named.test.value : undefined;
}

/** What combining the values of one series in a period gives; the aligners that a gauge of numbers may have. */
const ALIGNERS: Partial<Record<Aligner, (values: readonly number[]) => number>> = {
  ALIGN_MEAN: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  ALIGN_MIN: (values) => Math.min(...values),
  ALIGN_MAX: (values) => Math.max(...values),
  ALIGN_SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  ALIGN_COUNT: (values) => values.length,
  ALIGN_NEXT_OLDER: (values) => values.at(-1) ?? Number.NaN,
};

const REDUCERS = ['REDUCE_NONE', 'REDUCE_MEAN', 'REDUCE_MIN', 'REDUCE_MAX', 'REDUCE_SUM'];

type Request = protos.google.monitoring.v3.IListTimeSeriesRequest;
type Context = { project: string; samplePeriodMs: number; ingestDelayMs: number; asOfMs: number };

/** The samples of a gauge that end within the interval and have come in: its value at the end of each sampling interval. */
function samplesOf({ changes }: Stored, { startMs, endMs }: Interval, context: Context) {
  const { samplePeriodMs, ingestDelayMs, asOfMs } = context;
  const first = Math.max(startMs + 1, changes[0]?.atMs ?? endMs);
  const samples: { endMs: number; value: number }[] = [];
  for (let at = Math.ceil(first / samplePeriodMs) * samplePeriodMs; at <= endMs; at += samplePeriodMs) {
    const value = changes.findLast(({ atMs }) => atMs <= at)?.value ?? null;
    if (value !== null && at + ingestDelayMs <= asOfMs) samples.push({ endMs: at, value });
  }
  return samples;
}

/** What `MetricService.ListTimeSeries` answers for a gauge: one page. */
export function listGauges(
  request: Request,
  store: GaugeStore,
  context: Context,
): protos.google.monitoring.v3.IListTimeSeriesResponse {
  checkProject(request.name, context.project);
  const filter = parseFilter(request.filter ?? '');
  const metric = metricTypeOf(request.filter ?? '') ?? '';
  const interval = parseInterval(request.interval);
  const { aligner, reducer, alignmentPeriodMs, groupBy } = parseAggregation(
    request.aggregation,
    context.samplePeriodMs,
    canonicalField,
  );
  const combine = ALIGNERS[aligner];
  if (aligner === 'ALIGN_RATE')
    throw invalidArgument('The aligner cannot be applied to metrics with kind GAUGE: ALIGN_RATE.');
  if (aligner !== 'ALIGN_NONE' && !combine) throw unimplemented(`${aligner} of a gauge`);
  if (!REDUCERS.includes(reducer)) throw unimplemented(`${reducer} of a gauge`);
  if (request.pageToken) throw unimplemented('further pages of a gauge');

  const aligned = store
    .series(metric)
    .filter((gauge) => isMeant(filter, gauge, context.project))
    .map((gauge): Series & { type: string } => {
      const samples = samplesOf(gauge, interval, context);
      const periods = combine
        ? alignmentPeriods(interval, alignmentPeriodMs)
        : samples.map(({ endMs }) => ({ startMs: endMs - 1, endMs }));
      const points = periods.flatMap((period) => {
        const values = samples
          .filter(({ endMs }) => endMs > period.startMs && endMs <= period.endMs)
          .map(({ value }) => value);
        const value = combine ? combine(values) : values[0];
        return values.length === 0 || value === undefined
          ? []
          : [{ ...period, value: { type: 'DOUBLE' as const, value } }];
      });
      return { labels: labelsOf(gauge, context.project), points, type: gauge.resource.type };
    })
    .filter(({ points }) => points.length > 0);
  const type = aligned[0]?.type ?? '';
  const series =
    reducer === 'REDUCE_NONE'
      ? aligned
      : reduce(aligned, reducer, groupBy).map((each) => ({ ...each, type }));
  const shape = { metricKind: 'GAUGE' as const, valueType: 'DOUBLE' as const, unit: '1' };
  return {
    timeSeries: series.map((each) =>
      toTimeSeries(metric, each.type, each.labels, shape, each.points.toReversed()),
    ),
    unit: shape.unit,
  };
}

function labelsOf({ resource, labels = {} }: Stored, project: string): SeriesLabels {
  return { resource: { project_id: project, ...resource.labels }, metric: labels };
}

function isMeant(filter: Filter, gauge: Stored, project: string): boolean {
  const { resource, metric } = labelsOf(gauge, project);
  return matches(filter, (field) => {
    if (field === 'metric.type') return gauge.metric;
    if (field === 'resource.type') return gauge.resource.type;
    if (field === 'project') return project;
    const [owner, , key = ''] = field.split('.');
    return (owner === 'metric' ? metric : resource)[key] ?? '';
  });
}
