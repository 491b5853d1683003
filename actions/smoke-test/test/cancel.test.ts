import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RunningAction } from '@apex-actions/testkit/run-action';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGoogle } from '../../../packages/shared/test/cloudrun/support/google-identity.ts';
import { folder, freeAddress, onlyError, run, start, startApp, until } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Nothing of what is cancelled here would end by itself before the test, and no second signal comes. */
async function expectPromptEnd(running: RunningAction): Promise<void> {
  running.cancel();
  const result = await running.main;
  expect(result).toMatchObject({ exitCode: 1, signal: null, conclusion: 'cancelled' });
  expect(onlyError(result)).toBe(
    'Stopped: the step was cancelled (SIGINT). What had been done by then is in the log above. Run the job again when you want it done.',
  );
  expect(isAlive(running.pid)).toBe(false);
}

/** Listens, and never answers. */
async function silent(): Promise<{ host: string; asked: () => boolean }> {
  let asked = false;
  const server = createServer(() => {
    asked = true;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

describe('a cancel ends the step at once', () => {
  it('while it waits for a service', async () => {
    const { HOST, PORT } = freeAddress();
    const running = start({ url: `http://${HOST}:${PORT}`, checks: CHECKS, timeout: '1h' });
    await running.waitForLine((line) => line.includes('not up yet'));
    await expectPromptEnd(running);
  });

  it('while it waits for the next attempt', async () => {
    const app = await startApp();
    const checks = `request: ${CHECKS}\nexpect: { status: 201 }\nretry: { for: 1h, every: 30m }`;
    const running = start({ url: app.origin, checks });
    await running.waitForLine((line) => line.includes('next try in 30m'));
    await expectPromptEnd(running);
    expect(await app.seen()).toHaveLength(1);
  });

  it.each(['silent', 'endless'] as const)('during a request (%s)', async (kind) => {
    const app = await startApp({ answers: { [CHECKS]: { kind } } });
    const running = start({ url: app.origin, checks: CHECKS, 'request-timeout': '1h' });
    await until(async () => (await app.seen()).length > 0);
    await expectPromptEnd(running);
    expect(await app.seen()).toHaveLength(1);
  });

  it('while it asks for an ID token', async () => {
    const google = await startGoogle(Date.now, { sts: () => 'hang' });
    const app = await startApp();
    const root = folder({ 'credentials.json': JSON.stringify(google.federation()) });
    const env = { GOOGLE_APPLICATION_CREDENTIALS: join(root, 'credentials.json') };
    const running = start({ url: app.origin, checks: CHECKS, 'id-token': 'true' }, { env });
    await until(() => google.callsOf('sts').length > 0);
    await expectPromptEnd(running);
    expect(await app.seen()).toEqual([]);
  });

  it('while it asks the registry', async () => {
    const registry = await silent();
    const app = await startApp();
    const image = `${registry.host}/demo/shop/api@sha256:${'a'.repeat(64)}`;
    const running = start({ url: app.origin, checks: CHECKS, image });
    await until(registry.asked);
    await expectPromptEnd(running);
    expect(await app.seen()).toEqual([]);
  });

  it.each([
    ['users', 'users: 3\nduration: 30m'],
    ['a rate', 'rate: 100/s\nduration: 30m'],
  ])('in a load (%s), and no more requests come', async (_, load) => {
    const app = await startApp();
    const running = start({ url: app.origin, checks: CHECKS, load });
    await until(async () => (await app.seen()).length > 20);
    await expectPromptEnd(running);
    const { length } = await app.seen();
    const other = await startApp();
    await run({ url: other.origin, checks: CHECKS });
    expect(await app.seen()).toHaveLength(length);
  });

  it('in a load whose requests hang', async () => {
    const answers = { [CHECKS]: [{ body: '{}' }, { kind: 'silent' as const }] };
    const app = await startApp({ answers });
    const load = 'users: 3\nduration: 30m';
    const running = start({ url: app.origin, checks: CHECKS, load, 'request-timeout': '1h' });
    await until(async () => (await app.seen()).length === 4);
    await expectPromptEnd(running);
  });

  it('while the users of a load begin', async () => {
    const login = 'POST /api/v1/login';
    const token = { body: JSON.stringify({ token: 'memory-token-0' }) };
    const answers = { [login]: [token, { kind: 'silent' as const }] };
    const app = await startApp({ answers });
    const checks = `- request: ${login}\n  capture: { token: token }\n- request: ${CHECKS}\n  weight: 1\n`;
    const inputs = { url: app.origin, checks, load: 'users: 2\nduration: 30m', 'request-timeout': '1h' };
    const running = start(inputs);
    await until(async () => (await app.seen()).length === 4);
    await expectPromptEnd(running);
  });
});

describe('a runner that is lost', () => {
  it.each([
    ['during a load', { load: 'users: 3\nduration: 30m' }],
    ['during a request', { checks: 'GET /slow', 'request-timeout': '1h' }],
  ])('%s leaves nothing behind', async (_, inputs) => {
    const app = await startApp({ answers: { 'GET /slow': { kind: 'silent' } } });
    const running = start({ url: app.origin, checks: CHECKS, ...inputs });
    await until(async () => (await app.seen()).length > ('load' in inputs ? 10 : 0));
    running.kill();
    const result = await running.main;
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL', outputs: {}, summary: '' });
    expect(isAlive(running.pid)).toBe(false);
    expect(readdirSync(running.directories.workspace)).toEqual([]);
    expect(readdirSync(running.directories.temp).filter((name) => name.startsWith('smoke-test-'))).toEqual(
      [],
    );
    const again = await run({ url: app.origin, checks: CHECKS });
    expect(again.exitCode, again.log).toBe(0);
  });
});
