import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { copyBinaries } from '../src/postgres/binaries.ts';
import { serve } from '../src/postgres/server.ts';
import { query, startPostgres } from '../src/postgres.ts';

const TABLES = `select table_name from information_schema.tables where table_schema = 'public'`;

async function takesConnections(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function directoryOf(url: string): Promise<string> {
  const [row] = await query(`${url}/postgres`, 'show data_directory');
  return dirname(`${row?.data_directory}`);
}

test('gives databases that know nothing of each other, and leaves nothing behind', async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
  await query(one, 'create table notes (text text)');
  expect(await query(one, TABLES)).toEqual([{ table_name: 'notes' }]);
  expect(await query(other, TABLES)).toEqual([]);

  const directory = await directoryOf(postgres.url);
  expect(existsSync(directory)).toBe(true);
  await postgres.stop();
  expect(await takesConnections(postgres.url)).toBe(false);
  expect(existsSync(directory)).toBe(false);
});

test('ends when its process is killed', async () => {
  const host = spawn(process.execPath, [join(import.meta.dirname, 'support/postgres-host.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void host.kill('SIGKILL'));
  const [output] = await once(host.stdout, 'data');
  const url = `${output}`.trim();
  const directory = await directoryOf(url);
  host.kill('SIGKILL');
  await expect.poll(() => existsSync(directory)).toBe(false);
  expect(await takesConnections(url)).toBe(false);
});

test('shows the log of a server that does not start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o755);
  copyBinaries(join(directory, 'program'));
  const cluster = {
    directory,
    bin: join(directory, 'program/bin'),
    data: join(directory, 'data'),
    password: join(directory, 'password'),
  };
  const guard = { watch: () => {}, end: async () => {} };
  await expect(serve(cluster, guard)).rejects.toThrow(/did not start:\n.*"[^"]*\/data"/);
});
