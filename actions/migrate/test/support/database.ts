import { fileURLToPath } from 'node:url';
import { type Postgres, query, startPostgres } from '@apex-actions/testkit/postgres';
import { afterAll, beforeAll } from 'vitest';
import { createStage } from './stage.ts';

const fixtures = fileURLToPath(new URL('../../../../packages/testkit/fixtures/migrations', import.meta.url));

/** Inputs that run the migrations: those that work, or those of which the second one fails half-way. */
export const migrations = (args: string, set: 'migrations' | 'failing' = 'migrations') => ({
  command: `${process.execPath},${fixtures}/migrate.mjs`,
  args,
  'env-vars': `MIGRATIONS=${fixtures}/${set}`,
});

/** The names of the migrations that a database has had, in their order. */
export async function migrationsIn(url: string): Promise<unknown[]> {
  const [{ exists } = {}] = await query(url, "select to_regclass('schema_migrations') is not null as exists");
  const rows = exists ? await query(url, 'select name from schema_migrations order by id') : [];
  return rows.map(({ name }) => name);
}

/** A server for the tests of a file, and stages whose service has a database of its own on it. */
export function useDatabases() {
  let postgres: Postgres | undefined;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  return async (atEnd?: (stop: () => Promise<void>) => void) => {
    const url = (await postgres?.createDatabase()) ?? '';
    const stage = await createStage({ secrets: { 'db-url': url } }, atEnd);
    await stage.createService();
    return { stage, url };
  };
}
