import { fileURLToPath } from 'node:url';
import { type Postgres, startPostgres } from '@apex-actions/testkit/postgres';

/** The demo's PostgreSQL, or why there is none. */
export type Database =
  | { kind: 'postgres'; url: string; stop: Postgres['stop'] }
  | { kind: 'none'; why: string };

/** Without one, for want of binaries for this machine, the shop keeps its products in its code. */
export async function startDatabase(): Promise<Database> {
  try {
    const postgres = await startPostgres();
    return { kind: 'postgres', url: await postgres.createDatabase(), stop: postgres.stop };
  } catch (error) {
    return {
      kind: 'none',
      why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
}

const migrator = fileURLToPath(
  new URL('../../packages/testkit/fixtures/migrations/migrate.mjs', import.meta.url),
);

/** What the job runs; each release of the shop comes with its migrations. */
export const migrateInputs = {
  command: `${process.execPath},${migrator}`,
  'env-vars': `MIGRATIONS=${fileURLToPath(new URL('migrations', import.meta.url))}`,
};
