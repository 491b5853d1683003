import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { ConfigError, check } from '../config.ts';
import type { RequestFault } from '../traffic/index.ts';
import type { Control } from './control.ts';

export type ControlServer = { port: number; stop(): Promise<void> };

const BODY_LIMIT_BYTES = 1024 * 1024;

const share = z.number().min(0).max(1).optional();
const requestFault = z.strictObject({
  failShare: share,
  status: z.int().min(100).max(599).optional(),
  delayMs: z.number().min(0).optional(),
  delayShare: share,
});
const revisionFault = z.strictObject({
  service: z.string(),
  revision: z.string(),
  fault: requestFault.nullable(),
});
const serviceFault = z.strictObject({ service: z.string(), fault: requestFault.nullable() });
const labels = z.record(z.string(), z.string());
const gauge = z.strictObject({
  metric: z.string(),
  resource: z.strictObject({ type: z.string(), labels: labels.default({}) }),
  labels: labels.default({}),
  value: z.number().nullable(),
});
const logsQuery = z.strictObject({ service: z.string(), revision: z.string() });

type Route = (control: Control, request: { body: unknown; query: URLSearchParams }) => unknown;

const DONE = { ok: true };

function effect(run: () => void): typeof DONE {
  run();
  return DONE;
}

/** Leaves out what was not given, as the data plane's types want it. */
function given({ failShare, status, delayMs, delayShare }: z.output<typeof requestFault>): RequestFault {
  return {
    ...(failShare === undefined ? {} : { failShare }),
    ...(status === undefined ? {} : { status }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(delayShare === undefined ? {} : { delayShare }),
  };
}

const routes: Record<string, Route> = {
  'GET /calls': (control) => control.calls(),
  'DELETE /calls': (control) => effect(() => control.clearCalls()),
  'GET /faults': (control) => control.faults(),
  // The control itself checks the fault.
  'POST /faults': (control, { body }) =>
    effect(() => control.addFault(body as Parameters<Control['addFault']>[0])),
  'DELETE /faults': (control) => effect(() => control.clearFaults()),
  'POST /scans': (control, { body }) =>
    effect(() => control.setScan(body as Parameters<Control['setScan']>[0])),
  'GET /services': (control) => control.services(),
  'GET /requests': (control) => control.requests(),
  'GET /logs': (control, { query }) => {
    const { service, revision } = check(logsQuery, Object.fromEntries(query), 'query');
    return control.logs(service, revision);
  },
  'POST /revision-faults': (control, { body }) => {
    const { service, revision, fault } = check(revisionFault, body, 'revision fault');
    return effect(() => control.setRevisionFault(service, revision, fault && given(fault)));
  },
  'POST /service-faults': (control, { body }) => {
    const { service, fault } = check(serviceFault, body, 'service fault');
    return effect(() => control.setServiceFault(service, fault && given(fault)));
  },
  'POST /gauges': (control, { body }) => effect(() => control.setGauge(check(gauge, body, 'gauge'))),
  'POST /metrics/hold': (control) => effect(() => control.holdMetrics()),
  'POST /metrics/release': (control) => effect(() => control.releaseMetrics()),
  'GET /backups': (control) => control.backups(),
  'POST /logs/hold': (control) => effect(() => control.holdLogs()),
  'POST /logs/release': (control) => effect(() => control.releaseLogs()),
};

/** Offers the control as plain HTTP and JSON on loopback. `POST /shutdown` answers and then calls `onShutdown`. */
export async function startControlServer(control: Control, onShutdown: () => void): Promise<ControlServer> {
  const server = createServer((request, response) => {
    answer(control, request).then(
      ({ status, body, shutdown }) => {
        send(response, status, body);
        if (shutdown) {
          response.on('finish', onShutdown);
        }
      },
      (error: unknown) => {
        const status = error instanceof ConfigError || error instanceof SyntaxError ? 400 : 500;
        send(response, status, { error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
  const port = await listen(server);
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(control: Control, request: IncomingMessage) {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const key = `${request.method} ${url.pathname}`;
  if (key === 'POST /shutdown') {
    return { status: 200, body: DONE, shutdown: true };
  }
  const route = routes[key];
  if (route === undefined) {
    const accepted = [...Object.keys(routes), 'POST /shutdown'];
    return {
      status: 404,
      body: { error: `unknown: ${key}; accepted are ${accepted.join(', ')}` },
      shutdown: false,
    };
  }
  const text = await readBody(request);
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: 200, body: route(control, { body, query: url.searchParams }), shutdown: false };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) {
      throw new ConfigError(`the body must have at most ${BODY_LIMIT_BYTES} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
