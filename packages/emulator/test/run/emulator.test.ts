import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type EmulatorConfigInput, startEmulator } from '@apex-actions/emulator/emulator';
import { MetricServiceClient } from '@google-cloud/monitoring';
import { ServicesClient } from '@google-cloud/run';
import { credentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { API, errorOf, eventually, idOf, pinned } from './harness.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const IMAGE = 'europe-west1-docker.pkg.dev/demo/shop/api';

const APP = `
import { createServer } from 'node:http';
createServer((request, response) => {
  response.end(process.env.VERSION + ' ' + process.env.K_REVISION);
}).listen(Number(process.env.PORT));
`;

async function appDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'emulator-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'app.mjs'), APP);
  return directory;
}

function configFor(directory: string): EmulatorConfigInput {
  const command = [process.execPath, 'app.mjs'];
  return {
    project: 'demo',
    region: 'europe-west1',
    images: [
      { image: `${IMAGE}:v1`, command, env: { VERSION: 'one' }, directory },
      { image: `${IMAGE}:v2`, command, env: { VERSION: 'two' }, directory },
    ],
    metrics: { 'sample-period': '1s', 'ingest-delay': '0s' },
    'reconcile-delay': '1ms',
    services: [{ name: 'api', template: { timeout: '60s', containers: [{ image: `${IMAGE}:v1` }] } }],
  };
}

function clientsOf(endpoint: string) {
  const options = {
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(endpoint).port),
    sslCreds: credentials.createInsecure(),
  };
  const services = new ServicesClient(options);
  const metrics = new MetricServiceClient(options);
  onTestFinished(async () => {
    await Promise.all([services.close(), metrics.close()]);
  });
  return { services, metrics };
}

async function start(change: Partial<EmulatorConfigInput> = {}) {
  const emulator = await startEmulator({ ...configFor(await appDirectory()), ...change });
  onTestFinished(() => emulator.stop());
  return { emulator, ...clientsOf(emulator.endpoints.run) };
}

async function bodyOf(url: string | null | undefined): Promise<string> {
  return (await fetch(url ?? '')).text();
}

test('a service of the configuration serves from the start, and a tag reaches the next revision', async () => {
  const { services, emulator } = await start();
  const [service] = await services.getService({ name: API });
  const stable = idOf(service.latestReadyRevision);
  expect(await bodyOf(service.uri)).toBe(`one ${stable}`);
  const [operation] = await services.updateService({
    service: {
      name: API,
      etag: service.etag ?? '',
      template: { revision: 'api-v2', containers: [{ image: `${IMAGE}:v2` }] },
      traffic: [pinned(stable, 100), pinned('api-v2', 0, 'canary')],
    },
    updateMask: { paths: ['template.revision', 'template.containers', 'traffic'] },
  });
  await operation.promise();
  const [split] = await services.getService({ name: API });
  const canary = split.trafficStatuses?.find(({ tag }) => tag === 'canary');
  expect(await bodyOf(canary?.uri)).toBe('two api-v2');
  expect(await bodyOf(split.uri)).toBe(`one ${stable}`);
  expect(emulator.control.requests()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ revision: 'api-v2', via: 'tag', statusClasses: { '2xx': 1 } }),
      expect.objectContaining({ revision: stable, via: 'service', statusClasses: { '2xx': 2 } }),
    ]),
  );
});

test('an image without a mapping fails as a missing one', async () => {
  const { services } = await start();
  const [operation] = await services.updateService({
    service: { name: API, template: { containers: [{ image: 'elsewhere/api:v1' }] } },
    updateMask: { paths: ['template.containers'] },
  });
  expect(await errorOf(operation.promise())).toMatchObject({
    code: 'FAILED_PRECONDITION',
    message: expect.stringContaining("Image 'elsewhere/api:v1' not found."),
  });
  const [service] = await services.getService({ name: API });
  expect(service.conditions?.[1]).toMatchObject({ type: 'ConfigurationsReady', state: 'CONDITION_FAILED' });
});

test('metrics come from the same port, under the same faults and permissions', async () => {
  const { services, metrics, emulator } = await start();
  const [service] = await services.getService({ name: API });
  await bodyOf(service.uri);
  const nowSeconds = Math.ceil(Date.now() / 1000) + 2;
  const request = {
    name: 'projects/demo',
    filter: 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"',
    interval: { startTime: { seconds: nowSeconds - 60 }, endTime: { seconds: nowSeconds } },
  };
  const [series] = await eventually(
    () => metrics.listTimeSeries(request),
    ([found]) => found.length > 0,
  );
  expect(series[0]?.resource?.labels?.revision_name).toBe(idOf(service.latestReadyRevision));
  emulator.control.addFault({ method: 'ListTimeSeries', nth: 1, code: 'INTERNAL', message: 'quota' });
  expect(await errorOf(metrics.listTimeSeries(request))).toMatchObject({ code: 'INTERNAL' });
  expect(await errorOf(metrics.listTimeSeries({ ...request, filter: 'nonsense' }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const logged = emulator.control.calls().filter(({ method }) => method.endsWith('/ListTimeSeries'));
  expect(logged.at(-2)).toMatchObject({
    code: 'INTERNAL',
    request: { name: 'projects/demo', filter: request.filter },
  });
});

test('metrics can be denied', async () => {
  const { metrics } = await start({ permissions: { deny: ['monitoring.timeSeries.list'] } });
  expect(await errorOf(metrics.listTimeSeries({ name: 'projects/demo', filter: 'x' }))).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining('monitoring.timeSeries.list'),
  });
});

test('the control API does over HTTP what the control does in process', async () => {
  const { services, emulator } = await start();
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${emulator.endpoints.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  const [service] = await services.getService({ name: API });
  const revision = idOf(service.latestReadyRevision);
  expect((await ask('GET', '/services')).body).toMatchObject([
    {
      name: API,
      generation: '1',
      template: { timeout: '60s' },
      createTime: expect.stringMatching(/^\d{4}-.*Z$/),
    },
  ]);
  expect((await ask('GET', '/calls')).body).toMatchObject([
    { method: 'google.cloud.run.v2.Services/GetService', code: 'OK' },
  ]);
  await ask('DELETE', '/calls');
  expect((await ask('GET', '/calls')).body).toEqual([]);

  expect(await ask('POST', '/faults', { method: 'GetService', code: 'NOT_FOUND' })).toMatchObject({
    status: 200,
  });
  expect(await errorOf(services.getService({ name: API }))).toMatchObject({ code: 'NOT_FOUND' });
  expect((await ask('GET', '/faults')).body).toMatchObject([{ method: 'GetService', code: 'NOT_FOUND' }]);
  await ask('DELETE', '/faults');
  await services.getService({ name: API });

  await ask('POST', '/revision-faults', { service: 'api', revision, fault: { failShare: 1, status: 503 } });
  expect((await fetch(service.uri ?? '')).status).toBe(503);
  await ask('POST', '/revision-faults', { service: 'api', revision, fault: null });
  expect((await fetch(service.uri ?? '')).status).toBe(200);
  expect((await ask('GET', '/requests')).body).toMatchObject([
    { revision, statusClasses: { '2xx': 1, '5xx': 1 } },
  ]);

  expect(await ask('POST', '/faults', { method: 'GetService', code: 'BROKEN' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('code: Invalid option: expected one of') },
  });
  expect(await ask('POST', '/nothing')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('GET /calls') },
  });
});

test('a service that does not fit the API is refused with the key that is wrong', async () => {
  const config = { ...configFor('.'), services: [{ name: 'api', template: { contianers: [] } }] };
  await expect(startEmulator(config)).rejects.toThrow(
    /services\[0\]\.template\.contianers: unknown key; accepted are/,
  );
});

async function startCli(): Promise<{ child: ChildProcess; endpoints: Record<string, string> }> {
  const directory = await appDirectory();
  const file = join(directory, 'emulator.json');
  await writeFile(file, JSON.stringify(configFor('.')));
  const child = spawn(process.execPath, [CLI, '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [line] = (await once(lines, 'line')) as [string];
  return { child, endpoints: JSON.parse(line) };
}

test('the command prints its endpoints, and ends its processes when it is told to', async () => {
  const { child, endpoints } = await startCli();
  const { services } = clientsOf(endpoints.run ?? '');
  const [service] = await services.getService({ name: API });
  expect(await bodyOf(service.uri)).toMatch(/^one /);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  await expect(fetch(service.uri ?? '')).rejects.toThrow();
});

test('the command ends when the control API says so', async () => {
  const { child, endpoints } = await startCli();
  const exit = once(child, 'exit');
  await fetch(`${endpoints.control}/shutdown`, { method: 'POST' });
  expect((await exit)[0]).toBe(0);
});

test('the command says what is wrong with its configuration', async () => {
  const directory = await appDirectory();
  const file = join(directory, 'emulator.yaml');
  await writeFile(file, 'project: demo\n');
  const child = spawn(process.execPath, [CLI, '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors).toContain('region: ');
});
