import { type MetricServiceClient, protos } from '@google-cloud/monitoring';
import { ActionError, describeError } from '../action/errors.ts';
import { retrying } from '../action/retry.ts';
import type { ServiceId } from '../cloudrun/resources.ts';
import { wireMs } from '../cloudrun/wire-time.ts';
import { type Gauge, gaugeAggregation, gaugeFilter, gaugeValues } from './gauge.ts';
import { type CountsByRevision, collect, type Grid } from './series.ts';

const REQUEST_COUNT = 'run.googleapis.com/request_count';
const REQUEST_LATENCIES = 'run.googleapis.com/request_latencies';

/** Fallback where the descriptor gives none: https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z (Cloud Run). */
const DOCUMENTED = { samplePeriodMs: 60_000, ingestDelayMs: 180_000 };

/** How often a metric is sampled, and how long after an interval's end its points may still be missing. */
export type MetricTiming = { samplePeriodMs: number; ingestDelayMs: number };

export type MetricsPort = {
  timing(): Promise<MetricTiming>;
  /** Requests by class and latencies of every revision of the service, on the grid. */
  counts(grid: Grid): Promise<CountsByRevision>;
  /** A custom metric, one value per slot of the grid. */
  gauge(gauge: Gauge, canary: string, grid: Grid): Promise<(number | undefined)[]>;
};

type Options = {
  client: MetricServiceClient;
  id: ServiceId;
  signal?: AbortSignal;
  /** Told before each wait for another attempt. */
  onRetry: (error: unknown, delayMs: number) => void;
  /** How long one reading and its retries may take. */
  callTimeoutMs: number;
};

function duration(ms: number) {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

const { Aligner, Reducer } = protos.google.monitoring.v3.Aggregation;

/** The adapter on `@google-cloud/monitoring`. */
export function createMetricsPort({ client, id, signal, callTimeoutMs, onRetry }: Options): MetricsPort {
  const policy = { deadlineMs: callTimeoutMs, onRetry, ...(signal ? { signal } : {}) };
  const callOptions = { timeout: 30_000, retry: null };
  const project = `projects/${id.project}`;

  async function list(metricType: string, groupByFields: string[], grid: Grid) {
    const request = {
      name: project,
      filter: [
        `metric.type = "${metricType}"`,
        'resource.type = "cloud_run_revision"',
        `resource.labels.location = "${id.region}"`,
        `resource.labels.service_name = "${id.service}"`,
      ].join(' AND '),
      interval: { startTime: duration(grid.startMs), endTime: duration(grid.endMs) },
      aggregation: {
        alignmentPeriod: duration(grid.periodMs),
        perSeriesAligner: Aligner.ALIGN_DELTA,
        crossSeriesReducer: Reducer.REDUCE_SUM,
        groupByFields,
      },
    };
    const [series] = await retrying(() => client.listTimeSeries(request, callOptions), policy);
    return series;
  }

  async function listGauge(gauge: Gauge, canary: string, grid: Grid) {
    const request = {
      name: project,
      filter: gaugeFilter(gauge, id, canary),
      interval: { startTime: duration(grid.startMs), endTime: duration(grid.endMs) },
      aggregation: { alignmentPeriod: duration(grid.periodMs), ...gaugeAggregation(gauge) },
    };
    const [series] = await retrying(() => client.listTimeSeries(request, callOptions), policy);
    return series;
  }

  return {
    async timing() {
      const name = `${project}/metricDescriptors/${REQUEST_COUNT}`;
      const [descriptor] = await retrying(() => client.getMetricDescriptor({ name }, callOptions), policy);
      return {
        samplePeriodMs: wireMs(descriptor.metadata?.samplePeriod) || DOCUMENTED.samplePeriodMs,
        ingestDelayMs: descriptor.metadata?.ingestDelay
          ? wireMs(descriptor.metadata.ingestDelay)
          : DOCUMENTED.ingestDelayMs,
      };
    },
    async counts(grid) {
      if (grid.endMs <= grid.startMs) return new Map();
      const byRevision = 'resource.labels.revision_name';
      const [requests, latencies] = await Promise.all([
        list(REQUEST_COUNT, [byRevision, 'metric.labels.response_code_class'], grid),
        list(REQUEST_LATENCIES, [byRevision], grid),
      ]);
      return collect(latencies, grid, collect(requests, grid));
    },
    async gauge(gauge, canary, grid) {
      if (grid.endMs <= grid.startMs) return [];
      const series = await listGauge(gauge, canary, grid).catch((error: unknown) => {
        throw new ActionError({
          what: `The check "${gauge.name}" cannot read ${gauge.metric}: ${describeError(error)}`,
          state: 'The check was neither passed nor failed',
          next: 'See `metric` and `filter` of the check in `checks`; Metrics Explorer shows what exists',
          cause: error,
        });
      });
      return gaugeValues(
        series.flatMap(({ points }) => points ?? []),
        grid,
      );
    },
  };
}
