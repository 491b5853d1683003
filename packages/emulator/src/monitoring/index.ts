import type { protos } from '@google-cloud/monitoring';
import { type handleUnaryCall, status, type UntypedHandleCall } from '@grpc/grpc-js';
import { getMetricDescriptor, listMetricDescriptors } from './descriptors.ts';
import { createGaugeStore, type GaugeSetting, listGauges, metricTypeOf } from './gauges.ts';
import { listTimeSeries } from './list-time-series.ts';
import type { RequestRecorder } from './requests.ts';
import { RpcError } from './rpc-error.ts';
import { createRequestStore } from './store.ts';

export type { GaugeSetting } from './gauges.ts';
export type { AnsweredRequest, RequestRecorder } from './requests.ts';

export type MonitoringOptions = {
  project: string;
  region: string;
  /** Width of the sampling grid; 60 s on Cloud Monitoring. */
  samplePeriodMs: number;
  /** How long after its end a sample is visible at the latest; up to 180 s on Cloud Monitoring. */
  ingestDelayMs: number;
  /** Lets samples arrive up to this much earlier, each series at its own time, so out of order; 0 unless given. */
  ingestJitterMs?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
};

export type Monitoring = {
  recorder: RequestRecorder;
  /**
   * Handlers of `google.monitoring.v3.MetricService`, by the names that proto-loader gives its methods; gRPC itself
   * answers UNIMPLEMENTED for the others.
   */
  handlers: Record<string, UntypedHandleCall>;
  /** Gives a gauge a value from now on, which is sampled like everything else. */
  setGauge(setting: GaugeSetting): void;
  /** Holds metrics back: nothing that is not visible by now becomes visible until `release`. */
  hold(): void;
  release(): void;
};

export function createMonitoring(options: MonitoringOptions): Monitoring {
  const { project, samplePeriodMs, ingestDelayMs, now = Date.now } = options;
  const store = createRequestStore({ ingestJitterMs: 0, ...options });
  const gauges = createGaugeStore();
  let heldAtMs = Number.POSITIVE_INFINITY;

  return {
    recorder: { record: (request) => store.record(request, now()) },
    handlers: {
      ListTimeSeries: unary((request: protos.google.monitoring.v3.IListTimeSeriesRequest) => {
        const asOfMs = Math.min(now(), heldAtMs);
        return gauges.has(metricTypeOf(request.filter ?? '') ?? '')
          ? listGauges(request, gauges, { project, samplePeriodMs, ingestDelayMs, asOfMs })
          : listTimeSeries(request, { project, samplePeriodMs, store, asOfMs });
      }),
      GetMetricDescriptor: unary((request) => getMetricDescriptor(request, options)),
      ListMetricDescriptors: unary((request) => listMetricDescriptors(request, options)),
    },
    setGauge: (setting) => gauges.set(setting, now()),
    hold: () => {
      heldAtMs = Math.min(now(), heldAtMs);
    },
    release: () => {
      heldAtMs = Number.POSITIVE_INFINITY;
    },
  };
}

function unary<Request extends object, Response>(
  answer: (request: Request) => Response,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    try {
      callback(null, answer(call.request));
    } catch (error) {
      const code = error instanceof RpcError ? error.code : status.INTERNAL;
      callback({ code, details: error instanceof Error ? error.message : String(error) });
    }
  };
}
