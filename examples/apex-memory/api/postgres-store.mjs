// What the API keeps in PostgreSQL, in the tables that its migrations make.
import { randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';

const SMOKE_USER = 'smoke@example.com';
const MOST_RESULTS = 5;

const hash = promisify(scrypt);

async function hashOf(password, salt = randomBytes(16)) {
  return `${salt.toString('hex')}:${(await hash(password, salt, 32)).toString('hex')}`;
}

async function fits(password, stored) {
  const salt = Buffer.from(stored.split(':')[0], 'hex');
  return timingSafeEqual(Buffer.from(await hashOf(password, salt)), Buffer.from(stored));
}

export function postgresStore(url, { indexDelayMs, smokePassword }) {
  const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 3000 });
  // Connections break when nobody uses them, too; the next query makes a new one.
  pool.on('error', (error) => console.error(`postgres: ${error.message}`));

  return {
    state: async () => {
      try {
        await pool.query('select 1 from users limit 1');
        return 'ok';
      } catch (error) {
        return error.message || error.code;
      }
    },
    close: () => pool.end(),
    knows: async (email, password) => {
      if (typeof email !== 'string' || typeof password !== 'string') return false;
      if (email === SMOKE_USER) {
        const upsert = `insert into users (email, password_hash) values ($1, $2)
          on conflict (email) do update set password_hash = excluded.password_hash`;
        await pool.query(upsert, [email, await hashOf(smokePassword)]);
      }
      const { rows } = await pool.query('select password_hash from users where email = $1', [email]);
      return rows.length > 0 && fits(password, rows[0].password_hash);
    },
    put: async (content, user) => {
      const id = randomUUID();
      const insert = `insert into memories (id, content, owner, found_from)
        values ($1, $2, $3, now() + $4 * interval '1 ms')`;
      await pool.query(insert, [id, content, user, indexDelayMs]);
      return id;
    },
    find: async (words) => {
      const select = `select id, content from memories where position($1 in id || ' ' || content) > 0
        and found_from <= now() order by found_from desc limit ${MOST_RESULTS}`;
      return (await pool.query(select, [words])).rows;
    },
  };
}
