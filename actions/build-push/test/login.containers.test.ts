import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { folder, onlyError, run } from './support/kit.ts';

const HELLO = { Dockerfile: 'FROM scratch\nCOPY hello.txt /hello.txt\n', 'hello.txt': 'hello\n' };
/** `shopkeeper` and `open-sesame-7`, hashed by crypt(3). */
const HTPASSWD = 'shopkeeper:$2b$05$WhX/C4w9x8ear7vWBaFiG.75Okx6eJ..xPLstWpqdNaYbsXrvND/W\n';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A registry that lets nobody in without a password. */
async function guarded(): Promise<string> {
  const port = await freePort();
  const root = folder({
    htpasswd: HTPASSWD,
    'registry.yml': [
      'version: 0.1',
      'log: { level: error }',
      'storage: { filesystem: { rootdirectory: data } }',
      `http: { addr: "127.0.0.1:${port}" }`,
      'auth: { htpasswd: { realm: shop, path: htpasswd } }',
    ].join('\n'),
  });
  const registry = spawn('docker-registry', ['serve', 'registry.yml'], { cwd: root, stdio: 'ignore' });
  onTestFinished(async () => {
    registry.kill();
    await once(registry, 'exit');
  });
  const host = `127.0.0.1:${port}`;
  while (!(await fetch(`http://${host}/v2/`).catch(() => undefined))) await setTimeout(50);
  return host;
}

/** A docker configuration of somebody who logged in, with the plugins of the machine's own. */
function configured(host: string, password: string): string {
  const auth = Buffer.from(`shopkeeper:${password}`).toString('base64');
  const root = folder({ 'config.json': JSON.stringify({ auths: { [host]: { auth } } }) });
  const plugins = join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'cli-plugins');
  if (existsSync(plugins)) symlinkSync(plugins, join(root, 'cli-plugins'));
  return root;
}

async function push(host: string, password: string, inputs: Record<string, string> = {}) {
  const DOCKER_CONFIG = configured(host, password);
  return run({ image: `${host}/shop/api`, context: folder(HELLO), ...inputs }, { env: { DOCKER_CONFIG } });
}

it('uses the login that is there, for docker and for its own requests', async () => {
  const host = await guarded();
  const first = await push(host, 'open-sesame-7', { alias: 'staging' });
  expect(first.exitCode, first.log).toBe(0);
  expect(first.outputs.tags).toBe(`${host}/shop/api:main-8f1c2ab\n${host}/shop/api:staging`);
  expect(first.log + first.summary).not.toContain(Buffer.from('shopkeeper:open-sesame-7').toString('base64'));
});

it('says what is wrong with a login before anything is built', async () => {
  const host = await guarded();
  const result = await push(host, 'wrong');
  expect(result.log).not.toContain('buildx build');
  expect(onlyError(result)).toMatch(
    /answered 401 for main-8f1c2ab of shop\/api: it wants credentials .* docker\/login-action/,
  );
});

it('says so when a push is refused', async () => {
  const host = await guarded();
  const result = await push(host, 'wrong', { tags: 'latest' });
  expect(result.exitCode).toBe(1);
  expect(onlyError(result)).toMatch(
    /failed to push .*\/shop\/api:latest.*[\s\S]*docker\/login-action for others/,
  );
  expect(result.outputs).toEqual({});
});
