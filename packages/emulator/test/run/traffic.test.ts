import { expect, test } from 'vitest';
import {
  API,
  errorOf,
  eventually,
  idOf,
  LATEST,
  PINNED,
  pinned,
  serviceOf,
  startHarness,
} from './harness.ts';

async function startWithTwoRevisions() {
  const harness = await startHarness();
  const stable = idOf((await harness.create()).latestReadyRevision);
  await harness.update({ traffic: [pinned(stable, 100)] }, ['traffic']);
  const canary = idOf(
    (await harness.update(serviceOf('good:2'), ['template.containers'])).latestReadyRevision,
  );
  return { ...harness, stable, canary };
}

test('a split serves in its proportions, and tags have an address of their own', async () => {
  const { update, dataPlane, stable, canary } = await startWithTwoRevisions();
  const service = await update({ traffic: [pinned(stable, 90), pinned(canary, 10, 'canary')] }, ['traffic']);
  expect(service.trafficStatuses).toMatchObject([
    { type: PINNED, revision: stable, percent: 90, tag: '', uri: '' },
    { type: PINNED, revision: canary, percent: 10, tag: 'canary', uri: 'http://127.0.0.1:1/canary---api' },
  ]);
  expect(dataPlane.routes.get('api')).toEqual({
    targets: [
      { revision: stable, percent: 90 },
      { revision: canary, percent: 10 },
    ],
    tags: [{ tag: 'canary', revision: canary }],
  });
});

test('a pinned service does not give a new revision any traffic', async () => {
  const { get, dataPlane, stable, canary } = await startWithTwoRevisions();
  expect(idOf((await get()).latestReadyRevision)).toBe(canary);
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: stable, percent: 100 }]);
});

test('a target may name the revision that the same update makes', async () => {
  const { create, update, dataPlane } = await startHarness();
  const stable = idOf((await create()).latestReadyRevision);
  const service = await update(
    {
      template: { revision: 'api-v2', containers: [{ image: 'good:2' }] },
      traffic: [pinned(stable, 100), pinned('api-v2', 0, 'canary')],
    },
    ['template.revision', 'template.containers', 'traffic'],
  );
  expect(service.trafficStatuses?.[1]).toMatchObject({ revision: 'api-v2', percent: 0, tag: 'canary' });
  expect(dataPlane.routes.get('api')).toEqual({
    targets: [{ revision: stable, percent: 100 }],
    tags: [{ tag: 'canary', revision: 'api-v2' }],
  });
});

test('no targets at all mean everything to the latest revision', async () => {
  const { update, dataPlane, canary } = await startWithTwoRevisions();
  const service = await update({ traffic: [] }, ['traffic']);
  expect(service.traffic).toMatchObject([{ type: LATEST, percent: 100 }]);
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: canary, percent: 100 }]);
});

test('percents and tags that break the rules are refused', async () => {
  const { update, stable, canary } = await startWithTwoRevisions();
  const tagged = (tag: string) => [pinned(stable, 100), pinned(canary, 0, tag)];
  const refused = [
    [pinned(stable, 99)],
    [pinned(stable, 101)],
    [pinned(stable, 110), pinned(canary, -10)],
    tagged('ab'),
    tagged('1ab'),
    tagged('Abc'),
    tagged('abc-'),
    tagged('a'.repeat(44)),
    [pinned(stable, 100, 'same'), pinned(canary, 0, 'same')],
    [{ type: PINNED as typeof PINNED, percent: 100 }],
    [{ type: LATEST as typeof LATEST, revision: stable, percent: 100 }],
    [{ revision: stable, percent: 100 }],
  ];
  for (const traffic of refused) {
    expect(await errorOf(update({ traffic }, ['traffic'])), JSON.stringify(traffic)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('service.traffic'),
    });
  }
  await update({ traffic: tagged('a'.repeat(43)) }, ['traffic']);
});

test('a revision that does not exist fails the operation, and what serves does not move', async () => {
  const { update, get, dataPlane, stable } = await startWithTwoRevisions();
  const call = update({ traffic: [pinned(stable, 50), pinned('api-gone', 50)] }, ['traffic']);
  expect(await errorOf(call)).toEqual({
    code: 'FAILED_PRECONDITION',
    message: expect.stringContaining("Revision 'api-gone' does not exist or is deleted."),
  });
  expect(await get()).toMatchObject({
    traffic: [{ percent: 50 }, { revision: 'api-gone', percent: 50 }],
    trafficStatuses: [{ revision: stable, percent: 100 }],
    conditions: [
      { type: 'RoutesReady', state: 'CONDITION_FAILED' },
      { type: 'ConfigurationsReady', state: 'CONDITION_SUCCEEDED' },
    ],
  });
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: stable, percent: 100 }]);
});

test('traffic to a revision that is not ready fails, and a healthy deploy fails with it until it is taken back', async () => {
  const { update, get, stable, dataPlane } = await startWithTwoRevisions();
  const named = { template: { revision: 'api-v3', containers: [{ image: 'bad:3' }] } };
  expect(await errorOf(update(named, ['template.revision', 'template.containers']))).toMatchObject({
    code: 'FAILED_PRECONDITION',
  });
  const shift = update({ traffic: [pinned(stable, 90), pinned('api-v3', 10)] }, ['traffic']);
  expect(await errorOf(shift)).toMatchObject({
    message: expect.stringContaining("Revision 'api-v3' is not ready"),
  });
  const healthy = update({ template: { containers: [{ image: 'good:4' }] } }, [
    'template.revision',
    'template.containers',
  ]);
  expect(await errorOf(healthy)).toMatchObject({
    message: expect.stringContaining("Revision 'api-v3' is not ready"),
  });
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: stable, percent: 100 }]);
  const repaired = await update({ traffic: [pinned(stable, 100)] }, ['traffic']);
  expect(repaired).toMatchObject({ terminalCondition: { state: 'CONDITION_SUCCEEDED' } });
  expect(await get()).toMatchObject({ trafficStatuses: [{ revision: stable, percent: 100 }] });
});

test('while the latest revision has failed, traffic moves but the operation still reports the failure', async () => {
  const { update, get, stable, canary, dataPlane } = await startWithTwoRevisions();
  await errorOf(update(serviceOf('bad:3'), ['template.containers']));
  const call = update({ traffic: [pinned(canary, 100)] }, ['traffic']);
  expect(await errorOf(call)).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(await get()).toMatchObject({
    trafficStatuses: [{ revision: canary, percent: 100 }],
    conditions: [
      { type: 'RoutesReady', state: 'CONDITION_SUCCEEDED' },
      { type: 'ConfigurationsReady', state: 'CONDITION_FAILED' },
    ],
  });
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: canary, percent: 100 }]);
  expect(stable).not.toBe(canary);
});

test('a change of traffic does not wait for a revision that is still starting', async () => {
  const { services, update, stable, canary, dataPlane, get } = await startWithTwoRevisions();
  await services.updateService({
    service: { name: API, ...serviceOf('slow:3') },
    updateMask: { paths: ['template.containers'] },
  });
  const [shift] = await services.updateService({
    service: { name: API, traffic: [pinned(stable, 50), pinned(canary, 50)] },
    updateMask: { paths: ['traffic'] },
  });
  const service = await eventually(get, ({ trafficStatuses }) => trafficStatuses?.length === 2);
  expect(service.reconciling).toBe(true);
  dataPlane.release('slow:3');
  await shift.promise();
  await update({ traffic: [pinned(canary, 100)] }, ['traffic']);
});

test('a failing write that also asks for LATEST moves nothing, a later one goes to the last ready revision', async () => {
  const { update, get, stable, canary, dataPlane } = await startWithTwoRevisions();
  const traffic = [{ type: LATEST as typeof LATEST, percent: 100 }];
  const deploy = update({ ...serviceOf('bad:3'), traffic }, ['template.containers', 'traffic']);
  expect(await errorOf(deploy)).toMatchObject({ code: 'FAILED_PRECONDITION' });
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: stable, percent: 100 }]);
  await errorOf(update({ traffic: [pinned(stable, 100)] }, ['traffic']));
  await errorOf(update({ traffic }, ['traffic']));
  expect(dataPlane.routes.get('api')?.targets).toEqual([{ revision: canary, percent: 100 }]);
  expect((await get()).conditions?.[0]).toMatchObject({ type: 'RoutesReady', state: 'CONDITION_SUCCEEDED' });
});
