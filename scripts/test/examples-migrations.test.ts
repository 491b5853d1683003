/** The migrations of mindmirror, against PostgreSQL. */
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToEnd, startService } from './support/example-services.ts';
import { root } from './support/examples.ts';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const migrate = (folder: string, url: string, ...args: string[]) =>
  runToEnd(folder, ['../../shared/migrate.mjs', ...args], { DATABASE_URL: url });

const namesIn = async (url: string) =>
  (await query(url, 'select name from schema_migrations order by id')).map(({ name }) => name);

describe.each(['habits', 'journal', 'users'])('%s', (service) => {
  const folder = `mindmirror/services/${service}`;
  const names = globSync('migrations/*.sql', { cwd: join(root, 'examples', folder) })
    .map((file) => basename(file, '.sql'))
    .sort();

  it('migrates up once, and back', async () => {
    const url = await postgres.createDatabase();
    const first = await migrate(folder, url);
    expect(first.code, first.output).toBe(0);
    expect(first.output.trimEnd().split('\n').at(-1)).toBe(`schema-version: ${names.at(-1)}`);
    expect(await namesIn(url)).toEqual(names);

    const applied = await query(url, 'select * from schema_migrations');
    const second = await migrate(folder, url);
    expect(second).toMatchObject({
      code: 0,
      output: expect.stringContaining(`schema-version: ${names.at(-1)}`),
    });
    expect(await query(url, 'select * from schema_migrations')).toEqual(applied);

    const down = await migrate(folder, url, 'down');
    expect(down).toMatchObject({
      code: 0,
      output: expect.stringContaining(`schema-version: ${names.at(-2) ?? 'none'}`),
    });
    expect((await migrate(folder, url)).code).toBe(0);
    expect(await namesIn(url)).toEqual(names);
  });

  it('migrates once when two begin at the same time', async () => {
    const url = await postgres.createDatabase();
    const runs = await Promise.all([migrate(folder, url), migrate(folder, url)]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(await namesIn(url)).toEqual(names);
  });
});

it.each([
  ['no database', {}, [], 'DATABASE_URL is not set'],
  ['another direction', { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, ['sideways'], 'usage: migrate.mjs'],
  ['a database that does not answer', { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, [], 'ECONNREFUSED'],
])('with %s it fails', async (_what, env: Record<string, string>, args, told) => {
  const { code, output } = await runToEnd(
    'mindmirror/services/users',
    ['../../shared/migrate.mjs', ...args],
    env,
  );
  expect(code).toBe(1);
  expect(output).toContain(told);
});

it('a release from before the last migration still reads and writes', async () => {
  const url = await postgres.createDatabase();
  await migrate('mindmirror/services/journal', url);
  const { url: address } = await startService(
    { folder: 'mindmirror/services/journal', program: 'server.mjs' },
    { DATABASE_URL: url },
  );
  await query(url, "insert into entries (id, text) values ('old', 'written without a mood')");
  const entry = await (await fetch(`${address}/entries/old`)).json();
  expect(entry).toMatchObject({ text: 'written without a mood', mood: null });
});

it('outlives a database that restarts its connections', async () => {
  const url = await postgres.createDatabase();
  await migrate('mindmirror/services/habits', url);
  const service = await startService(
    { folder: 'mindmirror/services/habits', program: 'server.mjs' },
    { DATABASE_URL: url },
  );
  const health = async () => (await fetch(`${service.url}/health`)).status;
  expect(await health()).toBe(200);
  await query(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await service.line('postgres: ');
  expect(await health()).toBe(200);
});
