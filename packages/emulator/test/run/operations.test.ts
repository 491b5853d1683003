import { serviceDefinitions } from '@apex-actions/emulator/grpc/definitions';
import { Client, credentials } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { API, errorOf, eventually, PARENT, serviceOf, startHarness } from './harness.ts';

/** The vendor's client has no method for WaitOperation. */
function waiter(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const method = serviceDefinitions['google.longrunning.Operations']?.WaitOperation;
  return (request: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (method === undefined) {
        throw new Error('no such method');
      }
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        (error, value) => (error === null ? resolve(value) : reject(error)),
      );
    });
}

test('an operation can be read, waited for and listed by its name', async () => {
  const { services, dataPlane, port } = await startHarness();
  const wait = waiter(port);
  const [started] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('slow:1'),
  });
  const name = started.name ?? '';
  expect(name).toMatch(/^projects\/demo\/locations\/europe-west1\/operations\/.+/);
  const [running] = await services.operationsClient.getOperation({ name } as never);
  expect(running).toMatchObject({ name, done: false });
  const timedOut = await wait({ name, timeout: { nanos: 1e6 } });
  expect(timedOut).toMatchObject({ name });
  expect(timedOut).not.toMatchObject({ done: true });
  const waiting = wait({ name });
  dataPlane.release('slow:1');
  const done = await waiting;
  expect(done).toMatchObject({
    name,
    done: true,
    metadata: { type_url: 'type.googleapis.com/google.cloud.run.v2.Service' },
    response: { type_url: 'type.googleapis.com/google.cloud.run.v2.Service' },
  });
  const listed: unknown[] = [];
  for await (const operation of services.listOperationsAsync({ name: PARENT } as never)) {
    listed.push(operation);
  }
  expect(listed).toMatchObject([{ name, done: true }]);
});

test('progress can be checked by name from another process', async () => {
  const { services } = await startHarness();
  const [started] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('good:1'),
  });
  const operation = await eventually(
    () => services.checkCreateServiceProgress(started.name ?? ''),
    ({ done }) => done === true,
  );
  expect(operation.result).toMatchObject({ name: API });
});

test('a deleted operation is gone, and cancelling is not there, as on Cloud Run', async () => {
  const { services } = await startHarness();
  const [started] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('good:1'),
  });
  const name = started.name ?? '';
  await started.promise();
  expect(await errorOf(services.operationsClient.cancelOperation({ name } as never))).toMatchObject({
    code: 'UNIMPLEMENTED',
  });
  await services.operationsClient.deleteOperation({ name } as never);
  expect(await errorOf(services.operationsClient.getOperation({ name } as never))).toMatchObject({
    code: 'NOT_FOUND',
  });
});
