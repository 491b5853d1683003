import { expect, test } from 'vitest';
import { API, errorOf, idOf, NOT_LISTENING, PARENT, pinned, serviceOf, startHarness } from './harness.ts';

const template = ['template.containers'];

test('a change of the template makes a revision, a change of anything else does not', async () => {
  const { create, update, revisions } = await startHarness();
  const first = idOf((await create()).latestCreatedRevision);
  for (const path of ['labels', 'annotations', 'scaling', 'traffic']) {
    const change = {
      labels: { a: 'b' },
      annotations: { a: 'b' },
      scaling: { minInstanceCount: 1 },
      traffic: [pinned(first, 100)],
    };
    const updated = await update(change, [path]);
    expect(idOf(updated.latestCreatedRevision), path).toBe(first);
  }
  const changed = await update(serviceOf('good:2'), template);
  expect(idOf(changed.latestCreatedRevision)).toMatch(/^api-00002-[a-z0-9]{3}$/);
  const labelled = await update({ template: { labels: { commit: 'abc' } } }, ['template.labels']);
  expect(idOf(labelled.latestCreatedRevision)).toMatch(/^api-00003-[a-z0-9]{3}$/);
  const [all] = await revisions.listRevisions({ parent: API });
  expect(all).toHaveLength(3);
});

test('the same template again makes no revision, whether its defaults are written out or not', async () => {
  const { create, update } = await startHarness();
  const before = await create();
  const short = await update(serviceOf('good:1'));
  const { name, template: full, traffic } = before;
  const long = await update({ name: name ?? '', template: full ?? {}, traffic: traffic ?? [] });
  expect(short.latestCreatedRevision).toBe(before.latestCreatedRevision);
  expect(long.latestCreatedRevision).toBe(before.latestCreatedRevision);
});

test('a revision takes the name that was chosen for it, and the template echoes it', async () => {
  const { create, update } = await startHarness();
  await create();
  const named = await update({ template: { revision: 'api-v2', containers: [{ image: 'good:2' }] } }, [
    'template.revision',
    'template.containers',
  ]);
  expect(named.latestCreatedRevision).toBe(`${API}/revisions/api-v2`);
  expect(named.template?.revision).toBe('api-v2');
});

test('the same name with another template is refused, with the same template nothing is made', async () => {
  const { create, update, revisions } = await startHarness();
  const named = { revision: 'api-v1', containers: [{ image: 'good:1' }] };
  const before = await create({ template: named });
  expect((await update({ template: named })).latestCreatedRevision).toBe(before.latestCreatedRevision);
  // A mask that leaves the echoed name alone runs into it as well.
  expect(await errorOf(update({ template: { containers: [{ image: 'good:2' }] } }, template))).toEqual({
    code: 'ALREADY_EXISTS',
    message: expect.stringContaining("Revision named 'api-v1' with different configuration already exists."),
  });
  const [all] = await revisions.listRevisions({ parent: API });
  expect(all).toHaveLength(1);
  const cleared = await update({ template: { containers: [{ image: 'good:2' }] } }, [
    'template.revision',
    ...template,
  ]);
  expect(idOf(cleared.latestCreatedRevision)).toMatch(/^api-00002-/);
});

test('a template that gcloud wrote cannot be sent back as it was read', async () => {
  const { create, update } = await startHarness();
  const before = await create({
    client: 'gcloud',
    template: { revision: 'api-v1', containers: [{ image: 'good:1' }] },
  });
  const { template: echoed, client } = before;
  expect(await errorOf(update({ client: client ?? '', template: echoed ?? {} }))).toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  await update({ traffic: [pinned('api-v1', 100)] }, ['traffic']);
});

test('a name is never used again, even after its revision is deleted', async () => {
  const { create, update, revisions } = await startHarness();
  await create({ template: { revision: 'api-v1', containers: [{ image: 'good:1' }] } });
  await update({ template: { revision: 'api-v2', containers: [{ image: 'good:2' }] } });
  const [deletion] = await revisions.deleteRevision({ name: `${API}/revisions/api-v1` });
  await deletion.promise();
  const again = update({ template: { revision: 'api-v1', containers: [{ image: 'good:1' }] } });
  expect(await errorOf(again)).toMatchObject({ code: 'ALREADY_EXISTS' });
});

test('a revision shows what it was made of and how it is', async () => {
  const { create, revisions, update } = await startHarness();
  const config = {
    labels: { 'apex-commit': 'abc' },
    annotations: { 'apex.dev/schema': '7' },
    containers: [{ image: 'good:1', env: [{ name: 'A', value: 'b' }] }],
  };
  const { latestReadyRevision } = await create({ template: config });
  const name = latestReadyRevision ?? '';
  const [revision] = await revisions.getRevision({ name });
  expect(revision).toMatchObject({
    name,
    service: 'api',
    labels: config.labels,
    annotations: config.annotations,
    containers: [{ image: 'good:1', env: [{ name: 'A', value: 'b' }] }],
    generation: '1',
    observedGeneration: '1',
    reconciling: false,
    maxInstanceRequestConcurrency: 80,
    creator: 'deployer@demo.iam.gserviceaccount.com',
  });
  expect(revision.conditions?.map(({ type, state }) => [type, state])).toEqual([
    ['Ready', 'CONDITION_SUCCEEDED'],
    ['Active', 'CONDITION_SUCCEEDED'],
    ['ContainerHealthy', 'CONDITION_SUCCEEDED'],
    ['ResourcesAvailable', 'CONDITION_SUCCEEDED'],
  ]);
  expect(revision.logUri).toContain(idOf(name));
  expect(revision.createTime?.seconds).toBeDefined();
  await update(serviceOf('good:2'), template);
  const [retired] = await revisions.getRevision({ name });
  expect(retired.conditions?.[1]).toMatchObject({
    type: 'Active',
    revisionReason: 'RETIRED',
    severity: 'INFO',
  });
});

test('lists revisions newest first, in pages, of one service or of all', async () => {
  const { create, update, revisions, services } = await startHarness();
  await create();
  await update(serviceOf('good:2'), template);
  await update(serviceOf('good:3'), template);
  const numbers = (list: { name?: string | null }[]) => list.map(({ name }) => idOf(name).slice(0, 9));
  const [all] = await revisions.listRevisions({ parent: API, pageSize: 1 });
  expect(numbers(all)).toEqual(['api-00003', 'api-00002', 'api-00001']);
  const [first, , response] = await revisions.listRevisions(
    { parent: API, pageSize: 2 },
    { autoPaginate: false },
  );
  expect(numbers(first)).toEqual(['api-00003', 'api-00002']);
  expect(response?.nextPageToken).not.toBe('');
  const [other] = await services.createService({
    parent: PARENT,
    serviceId: 'web',
    service: serviceOf('good:1'),
  });
  await other.promise();
  const [everywhere] = await revisions.listRevisions({ parent: `${PARENT}/services/-` });
  expect(everywhere).toHaveLength(4);
  const bad = revisions.listRevisions({ parent: API, pageToken: 'nonsense' }, { autoPaginate: false });
  expect(await errorOf(bad)).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a revision that serves, has a tag, or was created last cannot be deleted', async () => {
  const { create, update, revisions, dataPlane } = await startHarness();
  const first = idOf((await create()).latestReadyRevision);
  const second = idOf((await update(serviceOf('good:2'), template)).latestReadyRevision);
  const third = idOf((await update(serviceOf('good:3'), template)).latestReadyRevision);
  await update({ traffic: [pinned(second, 100), pinned(first, 0, 'old')] }, ['traffic']);
  const remove = (id: string) => revisions.deleteRevision({ name: `${API}/revisions/${id}` });
  for (const id of [first, second, third]) {
    expect(await errorOf(remove(id)), id).toMatchObject({ code: 'FAILED_PRECONDITION' });
  }
  await update({ traffic: [pinned(second, 100)] }, ['traffic']);
  const [operation] = await remove(first);
  const [deleted] = await operation.promise();
  expect(deleted).toMatchObject({ name: `${API}/revisions/${first}` });
  expect(dataPlane.stopped).toEqual([first]);
  expect(await errorOf(revisions.getRevision({ name: `${API}/revisions/${first}` }))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(`Resource '${first}' of kind 'REVISION'`),
  });
});

test('a revision that does not start fails the operation and leaves traffic where it was', async () => {
  const { create, update, revisions, dataPlane, get } = await startHarness();
  const stable = idOf((await create()).latestReadyRevision);
  await update({ traffic: [pinned(stable, 100)] }, ['traffic']);
  const traffic = [pinned(stable, 90), pinned('api-v2', 10, 'canary')];
  const deploy = update({ template: { revision: 'api-v2', containers: [{ image: 'bad:2' }] }, traffic }, [
    'template.revision',
    'template.containers',
    'traffic',
  ]);
  expect(await errorOf(deploy)).toEqual({
    code: 'FAILED_PRECONDITION',
    message: expect.stringContaining(
      `Revision 'api-v2' is not ready and cannot serve traffic. ${NOT_LISTENING}`,
    ),
  });
  const service = await get();
  expect(service).toMatchObject({
    reconciling: false,
    generation: '3',
    observedGeneration: '2',
    latestCreatedRevision: `${API}/revisions/api-v2`,
    latestReadyRevision: `${API}/revisions/${stable}`,
    // What was asked for stays written down; what serves has not moved.
    traffic: [pinned(stable, 90), pinned('api-v2', 10, 'canary')],
    trafficStatuses: [pinned(stable, 100)],
    terminalCondition: {
      type: 'Ready',
      state: 'CONDITION_FAILED',
      revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR',
    },
    conditions: [
      { type: 'RoutesReady', state: 'CONDITION_FAILED' },
      {
        type: 'ConfigurationsReady',
        state: 'CONDITION_FAILED',
        message: expect.stringContaining(NOT_LISTENING),
        revisionReason: 'HEALTH_CHECK_CONTAINER_ERROR',
      },
    ],
  });
  expect(dataPlane.routes.get('api')).toEqual({ targets: [{ revision: stable, percent: 100 }], tags: [] });
  const [revision] = await revisions.getRevision({ name: `${API}/revisions/api-v2` });
  expect(revision.conditions?.[0]).toMatchObject({
    type: 'Ready',
    state: 'CONDITION_FAILED',
    message: NOT_LISTENING,
  });
});

test('with traffic on LATEST, a revision that does not start leaves the last ready one serving', async () => {
  const { create, update, dataPlane, get } = await startHarness();
  const stable = idOf((await create()).latestReadyRevision);
  expect(await errorOf(update(serviceOf('bad:2'), template))).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(idOf((await get()).latestReadyRevision)).toBe(stable);
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: stable, percent: 100 }]);
  const healed = await update(serviceOf('good:3'), template);
  expect(healed.terminalCondition?.state).toBe('CONDITION_SUCCEEDED');
  expect(dataPlane.routes.get('api')?.targets).toEqual([
    { revision: idOf(healed.latestReadyRevision), percent: 100 },
  ]);
});

test('a first deploy that does not start leaves a service without an address', async () => {
  const { create, get } = await startHarness();
  expect(await errorOf(create(serviceOf('bad:1')))).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(await get()).toMatchObject({
    uri: '',
    latestReadyRevision: '',
    trafficStatuses: [],
    reconciling: false,
  });
});

test('literal variables, command and startup probe reach the process', async () => {
  const { create, dataPlane } = await startHarness();
  await create({
    template: {
      containers: [
        {
          image: 'good:1',
          command: ['node'],
          args: ['app.mjs'],
          env: [
            { name: 'A', value: 'b' },
            { name: 'S', valueSource: { secretKeyRef: { secret: 's', version: '1' } } },
          ],
          startupProbe: { httpGet: { path: '/health' }, periodSeconds: 2, failureThreshold: 5 },
        },
      ],
    },
  });
  expect(dataPlane.started[0]).toMatchObject({
    service: 'api',
    image: 'good:1',
    command: ['node'],
    args: ['app.mjs'],
    env: { A: 'b' },
    startupProbe: {
      kind: 'http',
      path: '/health',
      initialDelayMs: 0,
      timeoutMs: 1000,
      periodMs: 2000,
      failureThreshold: 5,
    },
  });
});
