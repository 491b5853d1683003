// The database of a service that has one.
import pg from 'pg';

const { DATABASE_URL } = process.env;

export const pool = new pg.Pool({
  connectionString: DATABASE_URL,
  max: 5,
  connectionTimeoutMillis: 3000,
});
// Connections break when nobody uses them, too; the next query makes a new one.
pool.on('error', (error) => console.error(`postgres: ${error.message}`));

/** The first row that a statement gives, if any. */
export async function firstRow(sql, values) {
  const { rows } = await pool.query(sql, values);
  return rows[0];
}

/** What the health body says of it. */
export async function postgresState() {
  if (!DATABASE_URL) return 'DATABASE_URL is not set';
  try {
    await pool.query('select 1');
    return 'ok';
  } catch (error) {
    return `unreachable: ${error.message || error.code}`;
  }
}
