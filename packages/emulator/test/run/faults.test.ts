import { WorkerPoolsClient } from '@google-cloud/run';
import { credentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { API, errorOf, PARENT, serviceOf, startHarness } from './harness.ts';

/** The client would hide an injected UNAVAILABLE by trying again. */
const once = { retry: { retryCodes: [] } } as never;

test('the nth call of a method fails, counted from when the fault is set', async () => {
  const { create, services, fault } = await startHarness();
  await create();
  await services.getService({ name: API });
  fault({ method: 'GetService', nth: 2, code: 'UNAVAILABLE', message: 'try again' });
  const get = () => services.getService({ name: API }, once);
  await get();
  expect(await errorOf(get())).toEqual({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('try again'),
  });
  await get();
});

test('a fault covers a window of calls, by the full name of the method too', async () => {
  const { create, services, fault } = await startHarness();
  await create();
  fault({ method: 'google.cloud.run.v2.Services/GetService', from: 2, count: 2, code: 'RESOURCE_EXHAUSTED' });
  const codes: string[] = [];
  for (let call = 0; call < 4; call += 1) {
    const outcome = services.getService({ name: API }, once).then(
      () => 'OK',
      ({ code }: { code: number }) => String(code),
    );
    codes.push(await outcome);
  }
  expect(codes).toEqual(['OK', '8', '8', 'OK']);
});

test('a call can take effect although the caller gets an error', async () => {
  const { create, update, fault, get } = await startHarness();
  await create();
  fault({ method: 'UpdateService', nth: 1, code: 'UNAVAILABLE', when: 'after' });
  expect(await errorOf(update({ labels: { a: 'b' } }, ['labels']))).toMatchObject({ code: 'UNAVAILABLE' });
  expect((await get()).labels).toEqual({ a: 'b' });
});

test('a call that fails before it is handled has no effect', async () => {
  const { create, update, fault, get } = await startHarness();
  await create();
  fault({ method: 'UpdateService', nth: 1, code: 'UNAVAILABLE' });
  await errorOf(update({ labels: { a: 'b' } }, ['labels']));
  expect((await get()).labels).toEqual({});
});

test.each([
  ['before', {}],
  ['after', { a: 'b' }],
] as const)('a connection that breaks %s the effect is made anew', async (when, labels) => {
  const { create, update, fault, get } = await startHarness();
  await create();
  fault({ kind: 'disconnect', method: 'UpdateService', nth: 1, when });
  expect(await errorOf(update({ labels: { a: 'b' } }, ['labels']))).toEqual({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('Connection dropped'),
  });
  expect((await get()).labels).toEqual(labels);
});

test('a delay lets the call succeed', async () => {
  const { create, services, fault } = await startHarness();
  await create();
  fault({ method: 'GetService', delay: '1ms' });
  await services.getService({ name: API });
});

test('a call that is held waits until the faults are cleared, and others do not', async () => {
  const { create, update, fault, clearFaults, calls, get } = await startHarness();
  await create();
  fault({ method: 'UpdateService', nth: 1, hold: true });
  const held = update({ labels: { a: 'b' } }, ['labels']);
  await expect.poll(() => calls.at(-1)).toMatchObject({ method: expect.stringContaining('UpdateService') });
  expect((await get()).labels).toEqual({});
  expect((await update({ annotations: { c: 'd' } }, ['annotations'])).labels).toEqual({});
  clearFaults();
  expect((await held).labels).toEqual({ a: 'b' });
});

test.each([
  ['before', {}],
  ['after', { a: 'b' }],
] as const)('a call that is held %s its effect can fail then', async (when, labels) => {
  const { create, update, fault, clearFaults, calls, get } = await startHarness();
  await create();
  fault({ method: 'UpdateService', nth: 1, hold: true, code: 'INTERNAL', when });
  const held = errorOf(update({ labels: { a: 'b' } }, ['labels']));
  await expect.poll(() => calls.at(-1)).toMatchObject({ method: expect.stringContaining('UpdateService') });
  await expect.poll(async () => (await get()).labels).toEqual(labels);
  clearFaults();
  expect(await held).toMatchObject({ code: 'INTERNAL' });
});

test('an operation polled by the client can fail on the way', async () => {
  const { services, fault } = await startHarness();
  fault({ method: 'GetOperation', nth: 1, code: 'INTERNAL', message: 'lost' });
  const [operation] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('good:1'),
  });
  expect(await errorOf(operation.promise())).toMatchObject({ code: 'INTERNAL' });
});

test('an etag race makes the etag stale just before the update', async () => {
  const { create, update, fault, get } = await startHarness();
  const { etag = '' } = await create();
  fault({ kind: 'etag-race', nth: 1 });
  expect(await errorOf(update({ etag, labels: { a: 'b' } }, ['labels']))).toMatchObject({ code: 'ABORTED' });
  const { etag: current, lastModifier } = await get();
  expect(lastModifier).toContain('somebody-else');
  await update({ etag: current ?? '', labels: { a: 'b' } }, ['labels']);
});

test('a stuck operation never ends, and the next write carries its change out', async () => {
  const { create, services, fault, get, update } = await startHarness();
  await create();
  fault({ kind: 'stuck-operation', method: 'UpdateService', nth: 1 });
  const [stuck] = await services.updateService({
    service: { name: API, ...serviceOf('good:2') },
    updateMask: { paths: ['template.containers'] },
  });
  expect((await get()).reconciling).toBe(true);
  const settled = await update({ labels: { a: 'b' } }, ['labels']);
  expect(settled).toMatchObject({ reconciling: false, template: { containers: [{ image: 'good:2' }] } });
  const progress = await services.checkUpdateServiceProgress(stuck.name ?? '');
  expect(progress.done).toBe(false);
});

test('every call is logged with what tests look for', async () => {
  const { create, update, calls } = await startHarness();
  const { etag = '' } = await create();
  calls.length = 0;
  await errorOf(update({ etag: '"old"', annotations: { a: 'b' } }, ['annotations']));
  await update({ etag, labels: { a: 'b' } }, ['labels']);
  const updates = calls.filter(({ method }) => method.endsWith('/UpdateService'));
  expect(updates).toMatchObject([
    {
      method: 'google.cloud.run.v2.Services/UpdateService',
      code: 'ABORTED',
      request: {
        updateMask: ['annotations'],
        service: { name: API, etag: '"old"', annotations: { a: 'b' } },
      },
    },
    { code: 'OK', request: { updateMask: ['labels'], service: { name: API, labels: { a: 'b' } } } },
  ]);
  expect(updates.every(({ time }) => !Number.isNaN(Date.parse(time)))).toBe(true);
});

test('methods that the emulator does not have say so', async () => {
  const { port, calls } = await startHarness();
  const pools = new WorkerPoolsClient({
    apiEndpoint: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  });
  onTestFinished(() => pools.close());
  expect(await errorOf(pools.getWorkerPool({ name: `${PARENT}/workerPools/worker` }))).toMatchObject({
    code: 'UNIMPLEMENTED',
    message: expect.stringContaining('google.cloud.run.v2.WorkerPools/GetWorkerPool'),
  });
  expect(calls.at(-1)).toMatchObject({
    method: 'google.cloud.run.v2.WorkerPools/GetWorkerPool',
    code: 'UNIMPLEMENTED',
  });
});
