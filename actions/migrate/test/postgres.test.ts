import { query } from '@apex-actions/testkit/postgres';
import { expect, test } from 'vitest';
import { migrations, migrationsIn, useDatabases } from './support/database.ts';
import { NEXT_IMAGE, onlyError, script } from './support/stage.ts';

const newStage = useDatabases();
const LAST = '0002_add-author';

test('up, and up again, which does nothing', async () => {
  const { stage, url } = await newStage();
  const up = await stage.run(migrations('up'));
  expect(up.exitCode, up.log).toBe(0);
  expect(up.outputs['schema-version']).toBe(LAST);
  expect(await migrationsIn(url)).toEqual(['0001_create-notes', LAST]);
  await query(url, "insert into notes (text, author) values ('kept', 'me')");
  const before = (await stage.service()).annotations;
  const again = await stage.run(migrations('up'));
  expect(again.exitCode, again.log).toBe(0);
  expect(again.outputs['schema-version']).toBe(LAST);
  expect((await stage.service()).annotations).toEqual(before);
  expect(await query(url, 'select text from notes')).toEqual([{ text: 'kept' }]);
});

test('a migration that fails half-way', async () => {
  const { stage, url } = await newStage();
  const result = await stage.run(migrations('up', 'failing'));
  expect(onlyError(result)).toMatch(
    /^The migration failed with exit code 1: .*\n[\s\S]*no_such_table[\s\S]*The database may be between two versions/,
  );
  expect(result.outputs.status).toBe('failed');
  expect(await migrationsIn(url)).toEqual(['0001_create-notes']);
  expect((await stage.service()).annotations?.['apex.dev/schema-history']).toBeUndefined();
  const mended = await stage.run(migrations('up'));
  expect(mended.outputs['schema-version'], mended.log).toBe(LAST);
});

test('a second one at the same time', async () => {
  const { stage, url } = await newStage();
  const results = await Promise.all([stage.run(migrations('up')), stage.run(migrations('up'))]);
  expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  expect(await migrationsIn(url)).toEqual(['0001_create-notes', LAST]);
  expect(await stage.runs()).toHaveLength(1);
});

test('down, then rollback', async () => {
  const { stage, url } = await newStage();
  const first = await stage.run({ ...migrations('up,1'), compatibility: 'backward' });
  expect(first.outputs['schema-version'], first.log).toBe('0001_create-notes');
  await stage.load();
  const pace = {
    steps: '50',
    bake: '2s',
    'max-bake': '3s',
    'poll-interval': '300ms',
    'max-error-rate': '10%',
  };
  const old = await stage.other('canary-deploy', { image: NEXT_IMAGE, ...pace });
  expect(old.outputs.outcome, old.log).toBe('promoted');

  const breaking = await stage.run({ ...migrations('up'), compatibility: 'breaking' });
  expect(breaking.outputs['schema-version'], breaking.log).toBe(LAST);
  const canary = { image: NEXT_IMAGE, 'env-vars': 'FEATURE=notes', ...pace };
  expect(onlyError(await stage.other('canary-deploy', canary))).toMatch(
    /^Stable and the new revision, .* do not fit the same database/,
  );
  const cutOver = await stage.other('canary-deploy', { ...canary, steps: '100' });
  expect(cutOver.outputs.outcome, cutOver.log).toBe('promoted');
  const to = old.outputs.revision ?? '';
  expect(onlyError(await stage.other('rollback', { to }))).toMatch(
    /^The database has schema 0002_add-author, but/,
  );

  const down = await stage.run(migrations('down'));
  expect(down.outputs['schema-version'], down.log).toBe('0001_create-notes');
  expect(await migrationsIn(url)).toEqual(['0001_create-notes']);
  const back = await stage.other('rollback', { to });
  expect(back.exitCode, back.log).toBe(0);
});

test('a secret that is not there', async () => {
  const { stage } = await newStage();
  const result = await stage.run({
    ...migrations('up'),
    secrets: 'DATABASE_URL=none',
  });
  expect(onlyError(result)).toMatch(/DATABASE_URL is not set/);
});

test('an execution whose runner is lost is waited for by the next', async () => {
  const { stage, url } = await newStage();
  const running = stage.start(script("console.log('begun'); setInterval(() => {}, 1000)"));
  await running.waitForLine((line) => line === 'begun');
  running.kill();
  await running.main;
  expect(onlyError(await stage.run(migrations('up')))).toMatch(/is in use\. Execution .* is running/);
  const [execution] = await stage.runs();
  await stage.executions.cancelExecution({ name: execution?.name ?? '' });
  const next = await stage.run(
    { ...migrations('up'), 'wait-for-running': 'true' },
    { GITHUB_RUN_ATTEMPT: '2' },
  );
  expect(next.exitCode, next.log).toBe(0);
  expect(await migrationsIn(url)).toHaveLength(2);
});
