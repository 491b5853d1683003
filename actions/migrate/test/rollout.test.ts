import { expect, test } from 'vitest';
import { createStage, gate, IMAGE, NEXT_IMAGE, onlyError, type Stage, script } from './support/stage.ts';

const PACE = {
  steps: '50',
  bake: '2s',
  'max-bake': '3s',
  'poll-interval': '300ms',
  'on-inconclusive': 'promote-if-clean',
  'max-error-rate': '10%',
  timeout: '2m',
};

const deploy = (stage: Stage, image: string, inputs: Record<string, string> = {}) =>
  stage.other('canary-deploy', { image, ...PACE, ...inputs });

const migrate = (stage: Stage, version: string, inputs: Record<string, string> = {}) =>
  stage.run({ ...script('0'), 'schema-version': version, ...inputs });

async function schemaOf(stage: Stage, revision = ''): Promise<unknown> {
  const calls = await stage.revisions.getRevision({
    name: `${(await stage.service()).name}/revisions/${revision}`,
  });
  return calls[0].annotations?.['apex.dev/schema'];
}

/** A service on schema 41, deployed by us, whose database has been migrated to 42 since. */
async function migrated(inputs: Record<string, string>) {
  const stage = await createStage();
  await stage.createService();
  await stage.load();
  expect((await migrate(stage, '41')).exitCode).toBe(0);
  const old = (await deploy(stage, NEXT_IMAGE)).outputs;
  expect(await schemaOf(stage, old.revision)).toBe('41');
  const result = await migrate(stage, '42', inputs);
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs['schema-version']).toBe('42');
  return { stage, old: old.revision ?? '' };
}

test('what is migrated is remembered on the service, and on the revisions that come after', async () => {
  const { stage, old } = await migrated({ compatibility: 'backward' });
  const next = await deploy(stage, IMAGE);
  expect(next.outputs.outcome, next.log).toBe('promoted');
  expect(await schemaOf(stage, next.outputs.revision)).toBe('42');
  const back = await stage.other('rollback', { to: old });
  expect(back.exitCode, back.log).toBe(0);
});

test('old and new code do not serve side by side across a breaking migration', async () => {
  const { stage, old } = await migrated({ compatibility: 'breaking', 'down-args': 'downgrade,{version}' });
  const before = await stage.service();
  const refused = await deploy(stage, IMAGE);
  expect(onlyError(refused)).toBe(
    `Stable and the new revision, which expects schema 42, do not fit the same database: ${old} expects schema 41, and 42 is breaking. They cannot serve side by side. Nothing was changed; users have ${old} 100 %. Set \`steps: 100\` for a full cut-over after the health check; or take the schema back first: gcloud run jobs execute migrate-shop --project=test-project --region=europe-west1 --wait --args=downgrade,41.`,
  );
  expect(await stage.service()).toEqual(before);
  const cutOver = await deploy(stage, IMAGE, { steps: '100', watch: '1h' });
  expect(cutOver.outputs, cutOver.log).toMatchObject({ outcome: 'promoted' });
  expect(cutOver.log).toMatch(
    /A full cut-over to schema 42: .* There is no way back without a migration down, so it is not watched/,
  );
  expect((await stage.service()).trafficStatuses).toMatchObject([
    { revision: cutOver.outputs.revision, percent: 100 },
  ]);

  const rollback = await stage.other('rollback', { to: old });
  expect(onlyError(rollback)).toMatch(
    new RegExp(
      `^The database has schema 42, but ${old} expects schema 41, and 42 is breaking\\. Nothing was changed; users have .* 100 %\\. Take the schema back first: gcloud run jobs execute migrate-shop --project=test-project --region=europe-west1 --wait --args=downgrade,41; then roll back with \`force: true\``,
    ),
  );
  const forced = await stage.other('rollback', { to: old, force: 'true' });
  expect(forced.exitCode, forced.log).toBe(0);
  const history = JSON.parse((await stage.service()).annotations?.['apex.dev/history'] ?? '');
  expect(history[0]).toMatchObject({
    outcome: 'rollback',
    revision: old,
    forced: expect.stringContaining(
      `The database has schema 42, but ${old} expects schema 41, and 42 is breaking.`,
    ),
  });
});

test('after a migration down the rollback is free', async () => {
  const { stage, old } = await migrated({ compatibility: 'breaking' });
  const cutOver = await deploy(stage, IMAGE, { steps: '100' });
  expect(cutOver.outputs.outcome, cutOver.log).toBe('promoted');
  const down = await migrate(stage, '41');
  expect(down.exitCode, down.log).toBe(0);
  const back = await stage.other('rollback', { to: old });
  expect(back.exitCode, back.log).toBe(0);
  // And what expects 42 may not come back until the schema does.
  const forth = await stage.other('rollback', { to: cutOver.outputs.revision ?? '' });
  expect(onlyError(forth)).toMatch(
    /^The database has schema 41, but .* expects schema 42, and 42 is breaking/,
  );
});

test('without a breaking migration there has to be a canary', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await deploy(stage, NEXT_IMAGE, { steps: '100' });
  expect(onlyError(result)).toMatch(
    /^`steps` is 100, so there would be no canary to judge.*Nothing was changed/,
  );
});

test('a version comes from the last line of the log that names one', async () => {
  const stage = await createStage();
  await stage.createService();
  const first = await stage.run(script("console.log('schema-version: 1'); console.log('schema-version: 2')"));
  expect(first.outputs['schema-version'], first.log).toBe('2');
  const alembic = await stage.run(
    script(
      "console.error('INFO  [alembic.runtime.migration] Running upgrade 2 -> ae1027a6acf, Add a column'); console.error('bye')",
    ),
  );
  expect(alembic.outputs['schema-version'], alembic.log).toBe('ae1027a6acf');
  const { current, changes } = JSON.parse(
    (await stage.service()).annotations?.['apex.dev/schema-history'] ?? '',
  );
  expect({ current, changes: changes.map(({ version }: { version: string }) => version) }).toEqual({
    current: 'ae1027a6acf',
    changes: ['2', 'ae1027a6acf'],
  });
});

test('a migration that names no version changes none, unless it is breaking', async () => {
  const stage = await createStage();
  await stage.createService();
  await migrate(stage, '41');
  const quiet = await stage.run(script('0'));
  expect(quiet.outputs['schema-version'], quiet.log).toBe('41');
  const breaking = await stage.run({ ...script('0'), compatibility: 'breaking' });
  expect(breaking.outputs['schema-version']).toBe(breaking.outputs.execution);
});

test('a migration that fails is not remembered', async () => {
  const stage = await createStage();
  await stage.createService();
  await stage.run({ ...script('process.exit(1)'), 'schema-version': '9' });
  expect((await stage.service()).annotations?.['apex.dev/schema-history']).toBeUndefined();
});

test('a migration that cannot be remembered fails, and says that it was done', async () => {
  const stage = await createStage({ permissions: { deny: ['run.services.update'] } });
  await stage.createService();
  const result = await migrate(stage, '42');
  expect(onlyError(result)).toMatch(
    /^The migration to 42 succeeded, but it could not be remembered on service shop: PERMISSION_DENIED.*The database has schema 42; .*Run the job again with `schema-version: 42`/,
  );
});

test('while a breaking migration runs, or has failed, no traffic moves', async () => {
  const stage = await createStage();
  await stage.createService();
  await stage.load();
  await migrate(stage, '41');
  const old = (await deploy(stage, NEXT_IMAGE)).outputs.revision ?? '';
  const waits = gate('process.exit(1)');
  const running = stage.start({
    ...script(waits.script),
    compatibility: 'breaking',
    'schema-version': '42',
  });
  await running.waitForLine((line) => line === 'begun');
  expect(onlyError(await deploy(stage, IMAGE))).toMatch(
    /^A breaking migration by job migrate-shop, begun at .*, is running or has failed, so it is not known which code fits.*Nothing was changed/,
  );
  waits.open();
  expect((await running.main).outputs.status).toBe('failed');
  await running.post();
  for (const steps of ['50', '100']) {
    expect(onlyError(await deploy(stage, IMAGE, { steps }))).toMatch(/is running or has failed/);
  }
  const first = (await stage.service()).trafficStatuses?.[0]?.revision;
  expect(first).toBe(old);
  expect(onlyError(await stage.other('rollback', { to: '1' }))).toMatch(/is running or has failed/);
  expect((await stage.other('rollback', { to: '1', force: 'true' })).exitCode).toBe(0);
  const mended = await migrate(stage, '42', { compatibility: 'breaking' });
  expect(mended.exitCode, mended.log).toBe(0);
  expect((await stage.service()).annotations?.['apex.dev/migration']).toBeUndefined();
});

test('a migration and a rollout that begin together do not meet', async () => {
  const stage = await createStage();
  await stage.createService();
  await stage.load();
  stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, hold: true });
  const canary = deploy(stage, NEXT_IMAGE);
  await expect.poll(() => stage.calls('UpdateService').length).toBe(1);
  const breaking = await migrate(stage, '42', { compatibility: 'breaking' });
  expect(breaking.exitCode, breaking.log).toBe(0);
  stage.emulator.control.clearFaults();
  expect(onlyError(await canary)).toMatch(
    /is running or has failed|The schema of service shop has become 42 while this was prepared/,
  );
});
