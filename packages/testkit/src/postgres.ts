import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { copyBinaries } from './postgres/binaries.ts';
import { createGuard } from './postgres/guard.ts';
import { initialize, serve } from './postgres/server.ts';

/** A PostgreSQL server of its own, on 127.0.0.1, with a superuser. It loses data when the machine crashes. */
export type Postgres = {
  /** postgres://user:password@127.0.0.1:PORT */
  readonly url: string;
  /** The url of a new empty database. */
  createDatabase(): Promise<string>;
  /** Cuts the connections that are open. May be called twice. */
  stop(): Promise<void>;
};

/**
 * Starts a server on a free port; as root it runs as `nobody`. It ends, and its directory goes, at `stop` or when this
 * process dies. Rejects with the log of a server that does not start.
 */
export async function startPostgres(): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), 'postgres-'));
  const guard = createGuard(directory);
  try {
    const password = randomBytes(16).toString('hex');
    const program = join(directory, 'program');
    const cluster = {
      directory,
      bin: join(program, 'bin'),
      data: join(directory, 'data'),
      password: join(directory, 'password'),
    };
    copyBinaries(program);
    await writeFile(cluster.password, password, { mode: 0o600 });
    await initialize(cluster);
    const url = `postgres://postgres:${password}@127.0.0.1:${await serve(cluster, guard)}`;
    let databases = 0;
    return {
      url,
      createDatabase: async () => {
        const name = `database_${++databases}`;
        await query(`${url}/postgres`, `create database ${name}`);
        return `${url}/${name}`;
      },
      stop: () => guard.end(),
    };
  } catch (error) {
    await guard.end();
    throw error;
  }
}

/** The rows of one statement, over a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
