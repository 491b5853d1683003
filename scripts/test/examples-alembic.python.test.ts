/** The API of apex-memory on PostgreSQL, with the tables that its Alembic migrations make. */
import { delimiter, dirname, join } from 'node:path';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { runAction } from '@apex-actions/testkit/run-action';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runToEnd, startService } from './support/example-services.ts';
import { root } from './support/examples.ts';

const { ALEMBIC = '', PATH = '' } = process.env;
const PASSWORD = 'correct horse battery staple';
const FOLDER = 'apex-memory/api';

let postgres: Postgres;
let url: string;
beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.createDatabase();
});
afterAll(() => postgres?.stop());

const alembic = (...args: string[]) =>
  runToEnd(
    FOLDER,
    args,
    {
      PATH: `${dirname(ALEMBIC)}${delimiter}${PATH}`,
      DATABASE_URL: url,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    'alembic',
  );

const version = async () => (await query(url, 'select version_num from alembic_version'))[0]?.version_num;

const start = (env: Record<string, string> = {}) =>
  startService(
    { folder: FOLDER, program: 'server.mjs' },
    { DATABASE_URL: url, SMOKE_PASSWORD: PASSWORD, INDEX_DELAY_MS: '100', ...env },
  );

it('says what is missing before the first migration', async () => {
  const health = await fetch(`${(await start()).url}/api/v1/health`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({
    dependencies: { postgres: 'relation "users" does not exist' },
  });
});

it('goes up, and up again, and the critical paths work', async () => {
  const up = await alembic('upgrade', 'head');
  expect(up.code, up.output).toBe(0);
  expect(up.output).toMatch(/Running upgrade 0001 -> 0002/);
  expect((await alembic('upgrade', 'head')).output).not.toContain('Running');

  const { main } = await runAction({
    directory: join(root, 'actions/smoke-test'),
    inputs: { url: (await start()).url, 'checks-file': 'examples/apex-memory/smoke.yaml' },
    env: { SMOKE_PASSWORD: PASSWORD, GITHUB_WORKSPACE: root },
  });
  expect(main.exitCode, main.log).toBe(0);
  expect(await query(url, 'select distinct owner from memories')).toEqual([{ owner: 'smoke@example.com' }]);
});

it('lets nobody in with another password, and nobody whom it does not know', async () => {
  const { url: api } = await start();
  for (const [email, password] of [
    ['smoke@example.com', 'wrong'],
    ['nobody@example.com', PASSWORD],
    ['smoke@example.com', null],
  ]) {
    const answer = await fetch(`${api}/api/v1/auth/login`, {
      method: 'POST',
      body: JSON.stringify({ email, password }),
    });
    expect(answer.status).toBe(401);
  }
});

it('goes down step by step', async () => {
  expect((await alembic('downgrade', '-1')).output).toMatch(/Running downgrade 0002 -> 0001/);
  expect(await version()).toBe('0001');
  expect((await alembic('downgrade', 'base')).code).toBe(0);
  expect(await version()).toBeUndefined();
  expect((await alembic('upgrade', 'head')).code).toBe(0);
  expect(await version()).toBe('0002');
});
