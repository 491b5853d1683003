// node ../../shared/migrate.mjs [up|down], in the folder of a service: applies the migrations that are missing, or takes
// the last one back. Each has a transaction of its own, and a second run waits for the first.
import { runner } from 'node-pg-migrate';
import pg from 'pg';

const TABLE = 'schema_migrations';
const { DATABASE_URL } = process.env;

async function lastMigration() {
  const client = new pg.Client(DATABASE_URL);
  await client.connect();
  try {
    const { rows } = await client.query(`select name from ${TABLE} order by run_on desc, id desc limit 1`);
    return rows[0]?.name ?? 'none';
  } finally {
    await client.end();
  }
}

async function migrate(direction) {
  if (!DATABASE_URL) throw new Error('DATABASE_URL is not set');
  if (!['up', 'down'].includes(direction)) throw new Error('usage: migrate.mjs [up|down]');
  await runner({
    direction,
    databaseUrl: DATABASE_URL,
    dir: 'migrations',
    migrationsTable: TABLE,
    advisoryLockMode: 'wait',
  });
  // The action `migrate` reads the version from this line.
  console.log(`schema-version: ${await lastMigration()}`);
}

try {
  await migrate(process.argv[2] ?? 'up');
} catch (error) {
  console.error(error.message || error);
  process.exitCode = 1;
}
