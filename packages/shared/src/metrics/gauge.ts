import { protos } from '@google-cloud/monitoring';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { GaugeCheck } from '../analysis/gauge.ts';
import type { ServiceId } from '../cloudrun/resources.ts';
import { wireMs } from '../cloudrun/wire-time.ts';
import type { Grid } from './series.ts';

const { Aligner, Reducer } = protos.google.monitoring.v3.Aggregation;

const ALIGNERS = {
  mean: Aligner.ALIGN_MEAN,
  max: Aligner.ALIGN_MAX,
  min: Aligner.ALIGN_MIN,
  sum: Aligner.ALIGN_SUM,
  rate: Aligner.ALIGN_RATE,
  p50: Aligner.ALIGN_PERCENTILE_50,
  p95: Aligner.ALIGN_PERCENTILE_95,
  p99: Aligner.ALIGN_PERCENTILE_99,
} as const;

const REDUCERS = {
  max: Reducer.REDUCE_MAX,
  min: Reducer.REDUCE_MIN,
  mean: Reducer.REDUCE_MEAN,
  sum: Reducer.REDUCE_SUM,
} as const;

const gaugeSchema = z
  .strictObject({
    name: z.string().regex(/^[\w -]{1,60}$/, 'letters, digits, spaces and dashes, at most 60'),
    metric: z
      .string()
      .regex(/^[\w.-]+(\/[\w.-]+)+$/, 'a metric type, such as `custom.googleapis.com/queue_depth`'),
    filter: z.string().optional(),
    align: z.enum(Object.keys(ALIGNERS) as (keyof typeof ALIGNERS)[]).default('mean'),
    reduce: z.enum(Object.keys(REDUCERS) as (keyof typeof REDUCERS)[]).default('max'),
    max: z.number().optional(),
    min: z.number().optional(),
    intervals: z.int().min(1).max(60).default(3),
  })
  .refine(({ max, min }) => max !== undefined || min !== undefined, 'needs `max` or `min`')
  .refine(({ max, min }) => max === undefined || min === undefined || min <= max, '`min` is above `max`');

/** A custom check: which metric is read, how its series become one value an interval, and what it may be. */
export type Gauge = Omit<z.output<typeof gaugeSchema>, 'max' | 'min'> & GaugeCheck;

export type ParsedGauges = { ok: true; gauges: Gauge[] } | { ok: false; problem: string };

/** Reads the YAML list of custom checks. A problem names the entry and the field. */
export function parseGauges(text: string): ParsedGauges {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) return { ok: false, problem: broken.message.split('\n')[0] ?? 'it is not YAML' };
  const read = z.array(gaugeSchema).min(1).safeParse(document.toJS());
  if (!read.success) {
    const [issue] = read.error.issues;
    return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
  }
  const gauges = read.data.map(({ max, min, ...gauge }) => ({
    ...gauge,
    ...(max === undefined ? {} : { max }),
    ...(min === undefined ? {} : { min }),
  }));
  const twice = gauges.find(({ name }, i) => gauges.findIndex((other) => other.name === name) !== i);
  return twice ? { ok: false, problem: `two checks are named "${twice.name}"` } : { ok: true, gauges };
}

/** A revision's own metric is read for the canary alone; any other as its filter says. */
export function gaugeFilter({ metric, filter }: Gauge, id: ServiceId, canary: string): string {
  const ofRevision = [
    'resource.type = "cloud_run_revision"',
    `resource.labels.location = "${id.region}"`,
    `resource.labels.service_name = "${id.service}"`,
    `resource.labels.revision_name = "${canary}"`,
  ];
  return [
    `metric.type = "${metric}"`,
    ...(metric.startsWith('run.googleapis.com/') ? ofRevision : []),
    ...(filter === undefined ? [] : [`(${filter})`]),
  ].join(' AND ');
}

export function gaugeAggregation({ align, reduce }: Gauge) {
  return { perSeriesAligner: ALIGNERS[align], crossSeriesReducer: REDUCERS[reduce] };
}

type Point = protos.google.monitoring.v3.IPoint;

/** One value per slot of the grid, by the end of each point; `undefined` where there is none. */
export function gaugeValues(points: readonly Point[], grid: Grid): (number | undefined)[] {
  const slots = Math.round((grid.endMs - grid.startMs) / grid.periodMs);
  const values = Array.from({ length: slots }, (): number | undefined => undefined);
  for (const { interval, value } of points) {
    const slot = Math.round((wireMs(interval?.endTime) - grid.startMs) / grid.periodMs) - 1;
    const number = value?.doubleValue ?? value?.int64Value;
    if (slot >= 0 && slot < slots && number !== null && number !== undefined) values[slot] = Number(number);
  }
  return values;
}
