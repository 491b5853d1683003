import type { protos } from '@google-cloud/monitoring';
import { type Aggregation, aligners, reducers } from './aggregation.ts';
import { checkProject } from './descriptors.ts';
import { canonicalField, comparisons, type Filter, parseFilter, requirements } from './filter.ts';
import type { Interval } from './grid.ts';
import { type Metric, metricLabelKeys, metrics, resourceLabelKeys, resourceType } from './metrics.ts';
import { invalidArgument, notFound, unimplemented } from './rpc-error.ts';
import { enumName, toMs } from './wire.ts';

type Request = protos.google.monitoring.v3.IListTimeSeriesRequest;

/** A checked `ListTimeSeries` request. */
export type Query = {
  metric: Metric;
  filter: Filter;
  interval: Interval;
  aggregation: Aggregation;
  headersOnly: boolean;
  pageSize: number;
};

/** metric_service.proto: the effective page size without one, or with a larger one. */
const maxPageSize = 100_000;

const views = { FULL: 0, HEADERS: 1 } as const;

export function parseQuery(request: Request, project: string, samplePeriodMs: number): Query {
  checkProject(request.name, project);
  if (request.orderBy) throw invalidArgument('Field orderBy is unsupported: it must be left blank.');
  const filter = parseFilter(request.filter ?? '');
  const metric = metricOf(filter);
  checkFields(filter);
  if ((request.pageSize ?? 0) < 0) throw invalidArgument('Field pageSize must not be negative.');
  return {
    metric,
    filter,
    interval: parseInterval(request.interval),
    aggregation: parseAggregations(request, samplePeriodMs),
    headersOnly: enumName(request.view, views) === 'HEADERS',
    pageSize: Math.min(request.pageSize || maxPageSize, maxPageSize),
  };
}

function metricOf(filter: Filter): Metric {
  const named = comparisons(filter).filter(({ field }) => field === 'metric.type');
  const required = requirements(filter).filter(({ field }) => field === 'metric.type');
  const [only] = required;
  if (named.length !== 1 || only === undefined || only.negated || only.test.kind !== 'equals') {
    throw invalidArgument('Field filter had an invalid value: it must specify a single metric type.');
  }
  const type = only.test.value;
  const metric = metrics.find((known) => known.type === type);
  if (metric) return metric;
  if (/^(run|logging)\.googleapis\.com\//.test(type)) throw unimplemented(`the metric ${type}`);
  throw notFound(`Cannot find metric(s) that match type = "${type}".`);
}

function checkFields(filter: Filter): void {
  for (const { field } of comparisons(filter)) checkLabel(field);
  for (const { field, negated, test } of requirements(filter)) {
    const wanted =
      field === 'resource.type' && !negated && test.kind === 'equals' ? test.value : resourceType;
    if (wanted !== resourceType) throw noCombination();
  }
}

function checkLabel(field: string): void {
  const [owner, , key] = field.split('.');
  const known: readonly string[] = owner === 'metric' ? metricLabelKeys : resourceLabelKeys;
  if (key !== undefined && !known.includes(key)) throw noCombination();
}

function knownField(path: string): string {
  const field = canonicalField(path);
  checkLabel(field);
  return field;
}

function noCombination(): Error {
  return invalidArgument(
    'The supplied filter does not specify a valid combination of metric and monitored resource descriptors. The query will not return any time series.',
  );
}

export function parseInterval(interval: Request['interval']): Interval {
  if (!interval?.endTime) throw invalidArgument('Field interval.endTime is required.');
  if (!interval.startTime) throw invalidArgument('Field interval.startTime is required.');
  const startMs = toMs(interval.startTime);
  const endMs = toMs(interval.endTime);
  if (startMs >= endMs)
    throw invalidArgument('Field interval.startTime must be earlier than interval.endTime.');
  return { startMs, endMs };
}

function parseAggregations(request: Request, samplePeriodMs: number): Aggregation {
  const second = parseAggregation(request.secondaryAggregation, samplePeriodMs, knownField);
  if (second.aligner !== 'ALIGN_NONE' || second.reducer !== 'REDUCE_NONE') {
    throw unimplemented('secondaryAggregation');
  }
  return parseAggregation(request.aggregation, samplePeriodMs, knownField);
}

/** `groupField` gives a group-by field in its canonical spelling, and throws for one that the metric does not have. */
export function parseAggregation(
  aggregation: protos.google.monitoring.v3.IAggregation | null | undefined,
  samplePeriodMs: number,
  groupField: (field: string) => string,
): Aggregation {
  const aligner = enumName(aggregation?.perSeriesAligner, aligners);
  const reducer = enumName(aggregation?.crossSeriesReducer, reducers);
  if (aligner === 'ALIGN_NONE') {
    if (reducer !== 'REDUCE_NONE') {
      throw invalidArgument('Field aggregation.perSeriesAligner must be set when crossSeriesReducer is.');
    }
    return { aligner, alignmentPeriodMs: 0, reducer, groupBy: [] };
  }
  if (!aggregation?.alignmentPeriod) throw invalidArgument('Field aggregation.alignmentPeriod is required.');
  const alignmentPeriodMs = toMs(aggregation.alignmentPeriod);
  // Cloud Monitoring's least is 60 s, which is its sampling period.
  if (alignmentPeriodMs < samplePeriodMs) {
    throw invalidArgument(
      `Field aggregation.alignmentPeriod must be at least ${samplePeriodMs / 1000} seconds.`,
    );
  }
  const groupBy = reducer === 'REDUCE_NONE' ? [] : (aggregation.groupByFields ?? []).map(groupField);
  return { aligner, alignmentPeriodMs, reducer, groupBy };
}
