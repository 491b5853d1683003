import { createRequire } from 'node:module';
import { MetricServiceClient } from '@google-cloud/monitoring';
import { credentials, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { afterEach } from 'vitest';
import { createMonitoring, type Monitoring, type MonitoringOptions } from '../../src/monitoring/index.ts';

// The client looks for a metadata server otherwise, though it needs no credentials here.
process.env.METADATA_SERVER_DETECTION = 'none';

const protos = createRequire(import.meta.url)('@google-cloud/monitoring/build/protos/protos.json');
const service = fromJSON(protos, { longs: String, enums: String })[
  'google.monitoring.v3.MetricService'
] as ServiceDefinition;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

export type World = {
  client: MetricServiceClient;
  monitoring: Monitoring;
  /** Sets the clock, in ms since the epoch. */
  at(timeMs: number): void;
  /** Records requests of a revision at a time, and leaves the clock as it was. */
  requests(timeMs: number, revision: string, code: number, count: number, latencyMs?: number): void;
};

/** Cloud Monitoring behind its real client, with a clock that stands still; closed after the test. */
export async function world(options: Partial<MonitoringOptions> = {}): Promise<World> {
  let nowMs = 0;
  const monitoring = createMonitoring({
    project: 'demo',
    region: 'europe-west1',
    samplePeriodMs: 60_000,
    ingestDelayMs: 180_000,
    now: () => nowMs,
    ...options,
  });
  const server = new Server();
  server.addService(service, monitoring.handlers);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new MetricServiceClient({
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
    projectId: 'demo',
  });
  open.push(async () => {
    await client.close();
    server.forceShutdown();
  });
  return {
    client,
    monitoring,
    at: (timeMs) => {
      nowMs = timeMs;
    },
    requests: (timeMs, revision, code, count, latencyMs = 10) => {
      const before = nowMs;
      nowMs = timeMs;
      for (let index = 0; index < count; index += 1) {
        monitoring.recorder.record({ service: 'api', revision, responseCode: code, latencyMs });
      }
      nowMs = before;
    },
  };
}
