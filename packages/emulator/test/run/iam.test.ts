import { expect, test } from 'vitest';
import { API, errorOf, startHarness } from './harness.ts';

const PUBLIC = [{ role: 'roles/run.invoker', members: ['allUsers'] }];

test('a service starts without bindings and keeps what it is given', async () => {
  const { create, services } = await startHarness();
  await create();
  const [empty] = await services.getIamPolicy({ resource: API });
  expect(empty.bindings).toEqual([]);
  const [granted] = await services.setIamPolicy({
    resource: API,
    policy: { bindings: PUBLIC, etag: empty.etag ?? '' },
  });
  expect(granted.bindings).toMatchObject(PUBLIC);
  const [read] = await services.getIamPolicy({ resource: API });
  expect(read).toEqual(granted);
});

test('a policy with an old etag is aborted', async () => {
  const { create, services } = await startHarness();
  await create();
  const [{ etag }] = await services.getIamPolicy({ resource: API });
  await services.setIamPolicy({ resource: API, policy: { bindings: PUBLIC } });
  const stale = services.setIamPolicy({ resource: API, policy: { bindings: [], etag: etag ?? '' } });
  expect(await errorOf(stale)).toMatchObject({
    code: 'ABORTED',
    message: expect.stringContaining('There were concurrent policy changes.'),
  });
});

test('unknown members and roles are refused', async () => {
  const { create, services } = await startHarness();
  await create();
  for (const binding of [
    { role: 'roles/run.invoker', members: ['everybody'] },
    { role: 'invoker', members: ['allUsers'] },
  ]) {
    const call = services.setIamPolicy({ resource: API, policy: { bindings: [binding] } });
    expect(await errorOf(call)).toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});

test('tells which permissions the caller has', async () => {
  const { create, services } = await startHarness({ deny: ['run.services.setIamPolicy'] });
  await create();
  const permissions = ['run.services.get', 'run.services.setIamPolicy'];
  const [answer] = await services.testIamPermissions({ resource: API, permissions });
  expect(answer.permissions).toEqual(['run.services.get']);
  expect(await errorOf(services.testIamPermissions({ resource: API, permissions: ['run.*'] }))).toMatchObject(
    {
      code: 'INVALID_ARGUMENT',
    },
  );
});

test('a denied permission is refused with the words of Google', async () => {
  const { create, services, update } = await startHarness({ deny: ['run.services.update'] });
  await create();
  expect(await errorOf(update({ labels: {} }, ['labels']))).toEqual({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining(
      `Permission 'run.services.update' denied on resource '${API}' (or resource may not exist).`,
    ),
  });
  await services.getService({ name: API });
});

test('deploying needs the right to act as the runtime account', async () => {
  const { create } = await startHarness({ deny: ['iam.serviceAccounts.actAs'] });
  expect(await errorOf(create())).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining("Permission 'iam.serviceaccounts.actAs' denied on service account"),
  });
});

test('other projects are out of reach, other regions are empty, and a location is no wildcard', async () => {
  const { create, services } = await startHarness();
  await create();
  const other = 'projects/other/locations/europe-west1';
  expect(await errorOf(services.getService({ name: `${other}/services/api` }))).toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  const abroad = 'projects/demo/locations/us-central1';
  expect(await errorOf(services.getService({ name: `${abroad}/services/api` }))).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect((await services.listServices({ parent: abroad }))[0]).toEqual([]);
  expect(await errorOf(services.listServices({ parent: 'projects/demo/locations/-' }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const created = services.createService({ parent: abroad, serviceId: 'api', service: {} });
  expect(await errorOf(created)).toMatchObject({ code: 'PERMISSION_DENIED' });
});
