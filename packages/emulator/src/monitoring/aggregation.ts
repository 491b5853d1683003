import type { MetricKind, ValueType } from './metrics.ts';
import { invalidArgument, unimplemented } from './rpc-error.ts';

/** Numbers and names of `Aggregation.Aligner` in common.proto. */
export const aligners = {
  ALIGN_NONE: 0,
  ALIGN_DELTA: 1,
  ALIGN_RATE: 2,
  ALIGN_INTERPOLATE: 3,
  ALIGN_NEXT_OLDER: 4,
  ALIGN_MIN: 10,
  ALIGN_MAX: 11,
  ALIGN_MEAN: 12,
  ALIGN_COUNT: 13,
  ALIGN_SUM: 14,
  ALIGN_STDDEV: 15,
  ALIGN_COUNT_TRUE: 16,
  ALIGN_FRACTION_TRUE: 17,
  ALIGN_PERCENTILE_99: 18,
  ALIGN_PERCENTILE_95: 19,
  ALIGN_PERCENTILE_50: 20,
  ALIGN_PERCENTILE_05: 21,
  ALIGN_PERCENT_CHANGE: 23,
  ALIGN_COUNT_FALSE: 24,
} as const;
export type Aligner = keyof typeof aligners;

/** Numbers and names of `Aggregation.Reducer` in common.proto. */
export const reducers = {
  REDUCE_NONE: 0,
  REDUCE_MEAN: 1,
  REDUCE_MIN: 2,
  REDUCE_MAX: 3,
  REDUCE_SUM: 4,
  REDUCE_STDDEV: 5,
  REDUCE_COUNT: 6,
  REDUCE_COUNT_TRUE: 7,
  REDUCE_FRACTION_TRUE: 8,
  REDUCE_PERCENTILE_99: 9,
  REDUCE_PERCENTILE_95: 10,
  REDUCE_PERCENTILE_50: 11,
  REDUCE_PERCENTILE_05: 12,
  REDUCE_COUNT_FALSE: 15,
} as const;
export type Reducer = keyof typeof reducers;

/** How a query combines points: each series by itself first, then series with each other. */
export type Aggregation = {
  aligner: Aligner;
  /** 0 with ALIGN_NONE. */
  alignmentPeriodMs: number;
  reducer: Reducer;
  /** In the canonical spelling of filter fields. */
  groupBy: string[];
};

/** Kind, type and unit that the points of a series have. */
export type Shape = { metricKind: MetricKind; valueType: ValueType; unit: string };

const gaugeOnly: readonly Aligner[] = [
  'ALIGN_INTERPOLATE',
  'ALIGN_NEXT_OLDER',
  'ALIGN_COUNT_TRUE',
  'ALIGN_COUNT_FALSE',
  'ALIGN_FRACTION_TRUE',
];

/** The percentile that an aligner or a reducer names. */
export function percentOf(operation: Aligner | Reducer): number | undefined {
  const percent = /_PERCENTILE_(\d+)$/.exec(operation)?.[1];
  return percent === undefined ? undefined : Number(percent);
}

/**
 * What aligning makes of a DELTA metric, per the comments of `Aggregation.Aligner`. Throws INVALID_ARGUMENT for what those
 * rule out, and UNIMPLEMENTED for what the emulator leaves out.
 */
export function alignedShape({ valueType, unit }: Shape, aligner: Aligner): Shape {
  const numeric = valueType !== 'DISTRIBUTION';
  const ruledOut = gaugeOnly.includes(aligner) || (percentOf(aligner) === undefined ? false : numeric);
  if (ruledOut || (!numeric && ['ALIGN_RATE', 'ALIGN_COUNT'].includes(aligner))) {
    throw invalidArgument(
      `The aligner cannot be applied to metrics with kind DELTA and value type ${valueType}: ${aligner}.`,
    );
  }
  switch (aligner) {
    case 'ALIGN_NONE':
    case 'ALIGN_DELTA':
    case 'ALIGN_SUM':
      return { metricKind: 'DELTA', valueType, unit };
    case 'ALIGN_RATE':
      return { metricKind: 'GAUGE', valueType: 'DOUBLE', unit: `${unit}/s` };
    case 'ALIGN_COUNT':
      return { metricKind: 'GAUGE', valueType: 'INT64', unit: '1' };
    default:
      if (percentOf(aligner) === undefined) throw unimplemented(aligner);
      return { metricKind: 'GAUGE', valueType: 'DOUBLE', unit };
  }
}

/** What reducing makes of aligned series, per the comments of `Aggregation.Reducer`. */
export function reducedShape({ metricKind, valueType, unit }: Shape, reducer: Reducer): Shape {
  switch (reducer) {
    case 'REDUCE_NONE':
    case 'REDUCE_SUM':
      return { metricKind, valueType, unit };
    case 'REDUCE_MIN':
    case 'REDUCE_MAX':
      if (valueType === 'DISTRIBUTION') {
        throw invalidArgument(`The reducer cannot be applied to value type DISTRIBUTION: ${reducer}.`);
      }
      return { metricKind, valueType, unit };
    case 'REDUCE_COUNT_TRUE':
    case 'REDUCE_COUNT_FALSE':
    case 'REDUCE_FRACTION_TRUE':
      throw invalidArgument(`The reducer cannot be applied to value type ${valueType}: ${reducer}.`);
    default:
      if (percentOf(reducer) === undefined || valueType !== 'DISTRIBUTION') {
        throw unimplemented(`${reducer} of ${valueType} values`);
      }
      return { metricKind: 'GAUGE', valueType: 'DOUBLE', unit };
  }
}
