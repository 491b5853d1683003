/** Our load, with everything that the action uses: weights, a check of the answer, both kinds of latencies. */
import { drive } from '../../actions/smoke-test/src/load/drive.ts';
import type { Exchange } from '../../actions/smoke-test/src/load/plan.ts';
import { rotation } from '../../actions/smoke-test/src/load/weights.ts';
import { answer, readRun } from './run.ts';

const { url, connections, perSecond, durationSeconds } = readRun();
const get = (name: string): Exchange => ({
  name,
  method: 'GET',
  path: '/',
  headers: ['accept', '*/*', 'user-agent', 'bench'],
  body: undefined,
  needsBody: false,
  judge: ({ status }) => (status === 200 ? undefined : `status ${status}`),
});
const begin = rotation([
  { item: get('query'), weight: 3 },
  { item: get('ingest'), weight: 1 },
]);
const { requestsPerSecond, total } = await drive(
  {
    origin: new URL(url),
    shape: perSecond === undefined ? { kind: 'users', users: connections } : { kind: 'rate', perSecond },
    durationMs: durationSeconds * 1000,
    requestTimeoutMs: 10_000,
    user: async (number) => ({ next: begin(number) }),
  },
  { signal: new AbortController().signal, onProgress: () => {} },
);
const { p50, p95, p99 } = total.measured;
answer({ requestsPerSecond, errors: total.errors, p50, p95, p99 });
