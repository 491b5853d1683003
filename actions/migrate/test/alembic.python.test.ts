/** Migrations with Alembic, as teams with Python have them. */
import { fileURLToPath } from 'node:url';
import { query } from '@apex-actions/testkit/postgres';
import { expect, test } from 'vitest';
import { useDatabases } from './support/database.ts';
import { onlyError } from './support/stage.ts';

const { ALEMBIC = '' } = process.env;
const config = fileURLToPath(new URL('../../../scripts/alembic/alembic.ini', import.meta.url));

const alembic = (args: string) => ({
  command: ALEMBIC,
  args: `-c,${config},${args}`,
  'env-vars': 'PYTHONDONTWRITEBYTECODE=1',
});

const newStage = useDatabases();

const versionIn = async (url: string) =>
  (await query(url, 'select version_num from alembic_version')).map((row) => row.version_num);

test('is there', () => {
  expect(ALEMBIC, 'ALEMBIC names no program').not.toBe('');
});

test('up, up again, and down: the version is read from its log', async () => {
  const { stage, url } = await newStage();
  const up = await stage.run(alembic('upgrade,head'));
  expect(up.exitCode, up.log).toBe(0);
  expect([up.outputs['schema-version']]).toEqual(await versionIn(url));
  const before = (await stage.service()).annotations?.['apex.dev/schema-history'];

  const again = await stage.run(alembic('upgrade,head'));
  expect(again.exitCode, again.log).toBe(0);
  expect((await stage.service()).annotations?.['apex.dev/schema-history']).toBe(before);

  const down = await stage.run(alembic('downgrade,-1'));
  expect(down.exitCode, down.log).toBe(0);
  expect([down.outputs['schema-version']]).toEqual(await versionIn(url));
  expect(down.outputs['schema-version']).not.toBe(up.outputs['schema-version']);
});

test('a revision that is not there fails with its exit code', async () => {
  const { stage } = await newStage();
  const result = await stage.run(alembic('upgrade,nowhere'));
  expect(onlyError(result)).toMatch(/^The migration failed with exit code \d+: [\s\S]*nowhere/);
});

test('two at the same time', async () => {
  const { stage, url } = await newStage();
  const results = await Promise.all([stage.run(alembic('upgrade,head')), stage.run(alembic('upgrade,head'))]);
  expect(results.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  expect(await versionIn(url)).toHaveLength(1);
});
