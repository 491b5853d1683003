import type { Distribution } from './distribution.ts';

export const resourceType = 'cloud_run_revision';
export const resourceLabelKeys = [
  'project_id',
  'location',
  'service_name',
  'revision_name',
  'configuration_name',
] as const;
export const metricLabelKeys = ['response_code', 'response_code_class'] as const;

/** A value of a point, by the `TypedValue` field it travels in. */
export type PointValue =
  | { type: 'INT64'; value: number }
  | { type: 'DOUBLE'; value: number }
  | { type: 'DISTRIBUTION'; value: Distribution };

export type MetricKind = 'DELTA' | 'GAUGE';
export type ValueType = PointValue['type'];

/** A metric that is counted from requests; both read the same samples, a count being a distribution's size. */
export type Metric = {
  type: string;
  valueType: 'INT64' | 'DISTRIBUTION';
  unit: string;
  displayName: string;
  description: string;
};

/** Names, kinds and units as in Google's metrics list, https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run. */
export const metrics: readonly Metric[] = [
  {
    type: 'run.googleapis.com/request_count',
    valueType: 'INT64',
    unit: '1',
    displayName: 'Request Count',
    description: 'Number of requests reaching the revision, by response code.',
  },
  {
    type: 'run.googleapis.com/request_latencies',
    valueType: 'DISTRIBUTION',
    unit: 'ms',
    displayName: 'Request Latency',
    description: 'Distribution of the latency of requests reaching the revision, in milliseconds.',
  },
];

/** Labels of one time series. */
export type SeriesLabels = { resource: Record<string, string>; metric: Record<string, string> };
