import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Guard } from './guard.ts';

const run = promisify(execFile);

/** The user `nobody`. PostgreSQL refuses to run as root, and initdb as a user who has no name. */
const NOBODY = 65534;

const isRoot = process.getuid?.() === 0;

const PORT_ATTEMPTS = 5;

/** Where the server keeps its files; `password` is a file that holds the superuser's. */
export type Cluster = { directory: string; bin: string; data: string; password: string };

/** Creates the data of a new server. Rejects with initdb's output. */
export async function initialize({ directory, bin, data, password }: Cluster): Promise<void> {
  if (isRoot) await run('chown', ['-R', `${NOBODY}:${NOBODY}`, directory]);
  const options = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--wal-segsize=1',
    '--no-sync',
    '--no-instructions',
  ];
  await run(join(bin, 'initdb'), options, unprivileged(directory));
}

/** Resolves with the port when the server takes connections. Rejects with the server's log when it exits instead. */
export async function serve(cluster: Cluster, guard: Guard): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const failure = await tryPort(cluster, guard, port);
    if (failure === undefined) return port;
    if (attempt === PORT_ATTEMPTS || !failure.includes('could not bind')) {
      throw new Error(`PostgreSQL did not start:\n${failure}`);
    }
  }
}

/** The server's log if it exited, undefined once it takes connections. */
async function tryPort(
  { directory, bin, data }: Cluster,
  guard: Guard,
  port: number,
): Promise<string | undefined> {
  const options = ['-D', data, '-h', '127.0.0.1', '-p', `${port}`, '-k', '', '-F'];
  const settings = ['synchronous_commit=off', 'full_page_writes=off'].flatMap((setting) => ['-c', setting]);
  const server = spawn(join(bin, 'postgres'), [...options, ...settings], {
    ...unprivileged(directory),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  guard.watch(server.pid);
  server.once('exit', () => guard.watch(undefined));
  const closed = once(server, 'close');
  let log = '';
  const ready = new Promise<'ready'>((resolve) => {
    const read = (text: string) => {
      log += text;
      if (!log.includes('ready to accept connections')) return;
      server.stderr.off('data', read).resume();
      resolve('ready');
    };
    server.stderr.setEncoding('utf8').on('data', read);
  });
  return (await Promise.race([ready, closed])) === 'ready' ? undefined : log;
}

function unprivileged(cwd: string) {
  // English messages, and no PG… variable of the caller's.
  const env = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH ?? '' };
  return isRoot ? { cwd, env, uid: NOBODY, gid: NOBODY } : { cwd, env };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
