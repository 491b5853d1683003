import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Postgres, query, startPostgres } from '../src/postgres.ts';

const fixture = join(import.meta.dirname, '../fixtures/migrations');

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

function migrate(database: string, args: string[], env: Record<string, string> = {}) {
  const options = { env: { ...process.env, DATABASE_URL: database, ...env } };
  return new Promise<{ exitCode: number; version: string | undefined }>((resolve) => {
    const child = execFile(
      process.execPath,
      [join(fixture, 'migrate.mjs'), ...args],
      options,
      (_, stdout) => {
        resolve({ exitCode: child.exitCode ?? 1, version: stdout.trimEnd().split('\n').at(-1) });
      },
    );
  });
}

async function columns(database: string): Promise<unknown[]> {
  const rows = await query(
    database,
    `select column_name from information_schema.columns where table_name = 'notes' order by ordinal_position`,
  );
  return rows.map((row) => row.column_name);
}

test('goes up to the last migration and back', async () => {
  const database = await postgres.createDatabase();
  const last = { exitCode: 0, version: 'schema-version: 0002_add-author' };
  expect(await migrate(database, ['up'])).toEqual(last);
  expect(await columns(database)).toEqual(['id', 'text', 'author']);
  expect(await migrate(database, ['up'])).toEqual(last);
  expect(await migrate(database, ['down'])).toEqual({
    exitCode: 0,
    version: 'schema-version: 0001_create-notes',
  });
  expect(await columns(database)).toEqual(['id', 'text']);
  expect(await migrate(database, ['down', '5'])).toEqual({ exitCode: 0, version: 'schema-version: none' });
  expect(await columns(database)).toEqual([]);
});

test('does each migration once when runs meet', async () => {
  const database = await postgres.createDatabase();
  const runs = await Promise.all([1, 2, 3].map(() => migrate(database, ['up'])));
  expect(runs).toEqual(Array(3).fill({ exitCode: 0, version: 'schema-version: 0002_add-author' }));
});

test('undoes a migration that fails half-way, and keeps the one before', async () => {
  const database = await postgres.createDatabase();
  expect(await migrate(database, ['up'], { MIGRATIONS: join(fixture, 'failing') })).toEqual({
    exitCode: 1,
    version: 'schema-version: 0001_create-notes',
  });
  expect(await columns(database)).toEqual(['id', 'text']);
});

test.each([[['sideways']], [['down', '0']], [[]]])('refuses %j', async (args) => {
  expect(await migrate(postgres.url, args)).toEqual({ exitCode: 1, version: '' });
});
