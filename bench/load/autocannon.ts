/** autocannon, with the one percentile more that it does not report; its latencies are whole milliseconds. */
import { createRequire } from 'node:module';
import { answer, readRun } from './run.ts';

type Histogram = { getValueAtPercentile(percent: number): number; destroy(): void };
type Autocannon = (options: object) => Promise<{
  requests: { average: number };
  errors: number;
  non2xx: number;
  latency: { p50: number; p99: number };
}>;

const require = createRequire(import.meta.url);
const autocannon: Autocannon = require('autocannon');
const { getHistograms }: { getHistograms(): { latencies: Histogram } } = require('autocannon/lib/histUtil');

const { url, connections, perSecond, durationSeconds } = readRun();
const histograms = getHistograms();
const { latencies } = histograms;
let p95 = Number.NaN;
const destroy = latencies.destroy.bind(latencies);
latencies.destroy = () => {
  p95 = latencies.getValueAtPercentile(95);
  destroy();
};
const { requests, errors, non2xx, latency } = await autocannon({
  url,
  connections,
  duration: durationSeconds,
  histograms,
  // Its correction takes a millisecond for the interval, whatever the rate: a steady 20 ms becomes a P50 of 10 ms.
  ...(perSecond === undefined ? {} : { overallRate: perSecond, ignoreCoordinatedOmission: true }),
});
answer({
  requestsPerSecond: requests.average,
  errors: errors + non2xx,
  p50: latency.p50,
  p95,
  p99: latency.p99,
});
