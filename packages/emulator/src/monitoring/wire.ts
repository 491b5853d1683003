import type { protos } from '@google-cloud/monitoring';
import type { Shape } from './aggregation.ts';
import type { Point } from './alignment.ts';
import { latencyBuckets } from './buckets.ts';
import type { Distribution } from './distribution.ts';
import type { PointValue, SeriesLabels } from './metrics.ts';
import { invalidArgument } from './rpc-error.ts';

type Timestamp = protos.google.protobuf.ITimestamp;
type Duration = protos.google.protobuf.IDuration;
type TimeSeries = protos.google.monitoring.v3.ITimeSeries;

/** Milliseconds of a Timestamp or a Duration, whose seconds arrive as a string, a number or a Long. */
export function toMs(time: Timestamp | Duration): number {
  return Number(String(time.seconds ?? 0)) * 1000 + (time.nanos ?? 0) / 1e6;
}

export function toTimestamp(timeMs: number): { seconds: string; nanos: number } {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds: String(seconds), nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}

/** The name of an enum value, which arrives as a name or a number as the server's proto-loader is set. */
export function enumName<Names extends Readonly<Record<string, number>>>(
  value: number | string | null | undefined,
  names: Names,
): keyof Names & string {
  for (const name in names) {
    if (value === name || (value ?? 0) === names[name]) return name;
  }
  throw invalidArgument(`The enum value ${value} is not known.`);
}

export function toTimeSeries(
  metricType: string,
  resourceType: string,
  labels: SeriesLabels,
  shape: Shape,
  points: Point[],
): TimeSeries {
  return {
    metric: { type: metricType, labels: labels.metric },
    resource: { type: resourceType, labels: labels.resource },
    metricKind: shape.metricKind,
    valueType: shape.valueType,
    unit: shape.unit,
    points: points.map(({ startMs, endMs, value }) => ({
      interval: {
        // metric.proto: the start of a GAUGE point, if there is one, equals its end.
        startTime: toTimestamp(shape.metricKind === 'GAUGE' ? endMs : startMs),
        endTime: toTimestamp(endMs),
      },
      value: toTypedValue(value),
    })),
  };
}

function toTypedValue(value: PointValue): protos.google.monitoring.v3.ITypedValue {
  switch (value.type) {
    case 'INT64':
      return { int64Value: String(value.value) };
    case 'DOUBLE':
      return { doubleValue: value.value };
    case 'DISTRIBUTION':
      return { distributionValue: toDistribution(value.value) };
  }
}

function toDistribution(distribution: Distribution): protos.google.api.IDistribution {
  return {
    count: String(distribution.count),
    mean: distribution.mean,
    sumOfSquaredDeviation: distribution.sumOfSquaredDeviation,
    bucketOptions: { exponentialBuckets: latencyBuckets },
    bucketCounts: distribution.bucketCounts.map(String),
  };
}
