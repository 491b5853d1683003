import { expect, test } from 'vitest';
import {
  API,
  errorOf,
  eventually,
  type IService,
  idOf,
  LATEST,
  PARENT,
  pinned,
  serviceOf,
  startHarness,
} from './harness.ts';

test('creates a service, makes it ready, and fills in what Cloud Run fills in', async () => {
  const { create, dataPlane } = await startHarness();
  const service = await create();
  expect(service.name).toBe(API);
  expect(service.latestReadyRevision).toMatch(new RegExp(`^${API}/revisions/api-00001-[a-z0-9]{3}$`));
  expect(service.latestCreatedRevision).toBe(service.latestReadyRevision);
  expect(service).toMatchObject({
    generation: '1',
    observedGeneration: '1',
    reconciling: false,
    uri: 'http://127.0.0.1:1/api',
    urls: ['http://127.0.0.1:1/api'],
    creator: 'deployer@demo.iam.gserviceaccount.com',
    lastModifier: 'deployer@demo.iam.gserviceaccount.com',
    ingress: 'INGRESS_TRAFFIC_ALL',
    launchStage: 'GA',
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
    conditions: [
      { type: 'RoutesReady', state: 'CONDITION_SUCCEEDED' },
      { type: 'ConfigurationsReady', state: 'CONDITION_SUCCEEDED' },
    ],
    traffic: [{ type: LATEST, percent: 100 }],
    trafficStatuses: [{ type: LATEST, percent: 100 }],
    template: {
      revision: '',
      maxInstanceRequestConcurrency: 80,
      timeout: { seconds: '300' },
      scaling: { maxInstanceCount: 100 },
      containers: [
        {
          image: 'good:1',
          ports: [{ name: 'http1', containerPort: 8080 }],
          resources: { limits: { cpu: '1000m', memory: '512Mi' }, cpuIdle: true },
          startupProbe: {
            periodSeconds: 240,
            timeoutSeconds: 240,
            failureThreshold: 1,
            tcpSocket: { port: 8080 },
          },
        },
      ],
    },
  });
  expect(service.createTime?.seconds).toBeDefined();
  expect(service.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(dataPlane.routes.get('api')?.targets).toEqual([
    { revision: idOf(service.latestReadyRevision), percent: 100 },
  ]);
});

test('shows a write that is not carried out yet as reconciling', async () => {
  const { services, dataPlane } = await startHarness();
  const [operation] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('slow:1'),
  });
  expect(operation.latestResponse.done).toBe(false);
  expect(operation.metadata).toMatchObject({ name: API, reconciling: true });
  const [pending] = await services.getService({ name: API });
  expect(pending).toMatchObject({
    reconciling: true,
    observedGeneration: '0',
    latestReadyRevision: '',
    uri: '',
    terminalCondition: { type: 'Ready', state: 'CONDITION_RECONCILING' },
  });
  dataPlane.release('slow:1');
  const [service] = await operation.promise();
  expect(service.reconciling).toBe(false);
});

test('refuses a second service of the same name, and names that break the rules', async () => {
  const { create, services } = await startHarness();
  await create();
  const again = services.createService({ parent: PARENT, serviceId: 'api', service: serviceOf('good:1') });
  expect(await errorOf(again)).toMatchObject({
    code: 'ALREADY_EXISTS',
    message: expect.stringContaining("Resource 'api' of kind 'SERVICE'"),
  });
  for (const serviceId of ['', 'Api', '1api', 'api-', 'a'.repeat(50)]) {
    const call = services.createService({ parent: PARENT, serviceId, service: serviceOf('good:1') });
    expect(await errorOf(call), serviceId).toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});

test('an update with the current etag is accepted, one with an older etag is aborted', async () => {
  const { create, update } = await startHarness();
  const { etag = '' } = await create();
  const updated = await update({ etag, labels: { team: 'a' } }, ['labels']);
  expect(updated.etag).not.toBe(etag);
  expect(await errorOf(update({ etag, labels: { team: 'b' } }, ['labels']))).toEqual({
    code: 'ABORTED',
    message: expect.stringMatching(
      /Conflict for resource 'api': version '.*' was specified but current version is '.*'\./,
    ),
  });
});

test('an update mask changes what it names and leaves the rest', async () => {
  const { create, update } = await startHarness();
  await create(
    serviceOf('good:1', {
      labels: { team: 'a' },
      annotations: { 'apex.dev/rollout': '{}' },
      template: { labels: { commit: 'one' }, timeout: { seconds: 60 } },
    }),
  );
  const updated = await update(
    {
      labels: { team: 'ignored' },
      annotations: { 'apex.dev/rollout': '{"step":1}' },
      template: { containers: [{ image: 'good:2' }], labels: { commit: 'two' } },
      scaling: { minInstanceCount: 2 },
    },
    ['annotations', 'template.containers', 'template.labels', 'scaling.min_instance_count'],
  );
  expect(updated).toMatchObject({
    labels: { team: 'a' },
    annotations: { 'apex.dev/rollout': '{"step":1}' },
    scaling: { minInstanceCount: 2 },
    template: { labels: { commit: 'two' }, timeout: { seconds: '60' }, containers: [{ image: 'good:2' }] },
  });
});

test('a masked field that is not sent is cleared', async () => {
  const { create, update } = await startHarness();
  await create(serviceOf('good:1', { labels: { team: 'a' }, annotations: { a: 'b' } }));
  const updated = await update({}, ['labels']);
  expect(updated.labels).toEqual({});
  expect(updated.annotations).toEqual({ a: 'b' });
});

test('without a mask, whatever is not sent is cleared', async () => {
  const { create, update } = await startHarness();
  await create(serviceOf('good:1', { labels: { team: 'a' }, annotations: { a: 'b' }, description: 'shop' }));
  const updated = await update(serviceOf('good:1'));
  expect(updated).toMatchObject({ labels: {}, annotations: {}, description: '' });
});

test('paths that no mask may have are refused', async () => {
  const { create, update } = await startHarness();
  await create();
  for (const path of [
    'trafic',
    'template.containers.image',
    'labels.team',
    'latestReadyRevision',
    'template.',
    '',
  ]) {
    expect(await errorOf(update({}, [path])), path).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('update_mask'),
    });
  }
});

test('output-only fields in a mask or a request change nothing', async () => {
  const { create, update } = await startHarness();
  const { uid = '' } = await create();
  const updated = await update({ uid: 'mine', uri: 'http://elsewhere', generation: 7 }, [
    'uid',
    'uri',
    'generation',
  ]);
  expect(updated).toMatchObject({ uid, uri: 'http://127.0.0.1:1/api', generation: '1' });
});

test('generation counts changes of what was asked for, and observedGeneration follows', async () => {
  const { create, update } = await startHarness();
  await create();
  const changed = await update({ labels: { a: 'b' } }, ['labels']);
  expect(changed).toMatchObject({ generation: '2', observedGeneration: '2' });
  const same = await update({ labels: { a: 'b' } }, ['labels']);
  expect(same).toMatchObject({ generation: '2', observedGeneration: '2' });
});

test('validate_only checks, shows the result and keeps nothing', async () => {
  const { create, services, dataPlane, get } = await startHarness();
  const [creation] = await services.createService({
    parent: PARENT,
    serviceId: 'api',
    service: serviceOf('good:1'),
    validateOnly: true,
  });
  expect(creation.latestResponse.done).toBe(true);
  const [preview] = await creation.promise();
  expect(preview).toMatchObject({ name: API, template: { maxInstanceRequestConcurrency: 80 } });
  expect(await errorOf(get())).toMatchObject({ code: 'NOT_FOUND' });

  const before = await create();
  const [update] = await services.updateService({
    service: { name: API, template: { containers: [{ image: 'good:2' }] } },
    updateMask: { paths: ['template.containers'] },
    validateOnly: true,
  });
  const [shown] = await update.promise();
  expect(shown.template?.containers?.[0]?.image).toBe('good:2');
  expect(await get()).toEqual(before);
  expect(dataPlane.started).toHaveLength(1);
  const refused = services.updateService({
    service: { name: API, traffic: [pinned('api-x', 10)] },
    updateMask: { paths: ['traffic'] },
    validateOnly: true,
  });
  expect(await errorOf(refused)).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('allow_missing creates the service that an update does not find', async () => {
  const { services, update, get } = await startHarness();
  expect(await errorOf(update(serviceOf('good:1')))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(
      "Resource 'api' of kind 'SERVICE' in region 'europe-west1' in project 'demo' does not exist.",
    ),
  });
  const [operation] = await services.updateService({
    service: { name: API, ...serviceOf('good:1') },
    allowMissing: true,
  });
  await operation.promise();
  expect(await get()).toMatchObject({ name: API, generation: '1' });
});

test('invalid settings are refused with the field that is wrong', async () => {
  const { services } = await startHarness();
  const container = { image: 'good:1' };
  const cases: [IService, string][] = [
    [{ template: { containers: [] } }, 'template.containers'],
    [{ template: { containers: [{}] } }, 'template.containers[0].image'],
    [
      { template: { containers: [{ ...container, env: [{ name: 'PORT', value: '1' }] }] } },
      'reserved env names',
    ],
    [{ template: { containers: [container], labels: { a: 'Upper' } } }, 'template.labels'],
    [
      { template: { containers: [container] }, annotations: { 'run.googleapis.com/x': 'y' } },
      'reserved for the system',
    ],
    [{ template: { containers: [container], timeout: { seconds: 3601 } } }, 'template.timeout'],
    [
      {
        template: {
          containers: [{ ...container, startupProbe: { periodSeconds: 10, failureThreshold: 25 } }],
        },
      },
      'startup_probe.failure_threshold',
    ],
    [{ template: { containers: [container], revision: 'other-1' } }, 'template.revision'],
    [
      { template: { containers: [container], scaling: { minInstanceCount: 3, maxInstanceCount: 2 } } },
      'template.scaling',
    ],
  ];
  for (const [service, field] of cases) {
    const call = services.createService({ parent: PARENT, serviceId: 'api', service });
    expect(await errorOf(call), field).toEqual({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(field),
    });
  }
});

test('features that the emulator does not have are refused, not ignored', async () => {
  const { services } = await startHarness();
  const container = { image: 'good:1' };
  for (const service of [
    { template: { containers: [{ ...container, ports: [{ name: 'h2c', containerPort: 8080 }] }] } },
    { template: { containers: [container], healthCheckDisabled: true } },
    { template: { containers: [container] }, multiRegionSettings: { regions: ['europe-west1', 'us-east1'] } },
  ]) {
    const call = services.createService({ parent: PARENT, serviceId: 'api', service });
    expect(await errorOf(call)).toMatchObject({ code: 'UNIMPLEMENTED' });
  }
});

test('deleting a service ends what it runs', async () => {
  const { create, services, dataPlane, get } = await startHarness();
  await create();
  const [operation] = await services.deleteService({ name: API });
  const [deleted] = await operation.promise();
  expect(deleted.deleteTime?.seconds).toBeDefined();
  expect(dataPlane.removed).toEqual(['api']);
  expect(await errorOf(get())).toMatchObject({ code: 'NOT_FOUND' });
  await create();
});

test('deleting with an old etag is aborted, with validate_only nothing goes', async () => {
  const { create, services, get } = await startHarness();
  await create();
  expect(await errorOf(services.deleteService({ name: API, etag: '"old"' }))).toMatchObject({
    code: 'ABORTED',
  });
  const [operation] = await services.deleteService({ name: API, validateOnly: true });
  expect(operation.latestResponse.done).toBe(true);
  expect(await get()).toMatchObject({ name: API });
});

test('lists services newest first, in pages', async () => {
  const { services } = await startHarness();
  for (const serviceId of ['one', 'two', 'three']) {
    await services.createService({ parent: PARENT, serviceId, service: serviceOf('good:1') });
  }
  const [all] = await services.listServices({ parent: PARENT, pageSize: 2 });
  expect(all.map(({ name }) => idOf(name))).toEqual(['three', 'two', 'one']);
  const [first, , response] = await services.listServices(
    { parent: PARENT, pageSize: 2 },
    { autoPaginate: false },
  );
  expect(first.map(({ name }) => idOf(name))).toEqual(['three', 'two']);
  const [second] = await services.listServices(
    { parent: PARENT, pageSize: 2, pageToken: response?.nextPageToken ?? '' },
    { autoPaginate: false },
  );
  expect(second.map(({ name }) => idOf(name))).toEqual(['one']);
  expect(await errorOf(services.listServices({ parent: PARENT, showDeleted: true }))).toMatchObject({
    code: 'UNIMPLEMENTED',
  });
});

test('the latest of two overlapping writes wins, and both operations end with it', async () => {
  const { create, services, dataPlane, get } = await startHarness();
  await create();
  const write = (image: string) =>
    services.updateService({
      service: { name: API, template: { containers: [{ image }] } },
      updateMask: { paths: ['template.containers'] },
    });
  const [first] = await write('slow:2');
  const [second] = await write('good:3');
  dataPlane.release('slow:2');
  const [[a], [b]] = await Promise.all([first.promise(), second.promise()]);
  expect(idOf(b.latestReadyRevision)).toMatch(/^api-00003-/);
  expect(a.latestReadyRevision).toBe(b.latestReadyRevision);
  const settled = await eventually(get, ({ reconciling }) => reconciling === false);
  expect(settled).toMatchObject({ generation: '3', observedGeneration: '3' });
  expect(dataPlane.routes.get('api')?.targets).toEqual([
    { revision: idOf(b.latestReadyRevision), percent: 100 },
  ]);
});
