/** The example apex-memory: its four critical paths, in a good release and in each bad one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAction } from '@apex-actions/testkit/run-action';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { root } from './support/examples.ts';

const EXAMPLE = 'examples/apex-memory';

async function release(env: Record<string, string>): Promise<string> {
  const server = spawn(process.execPath, [join(root, EXAMPLE, 'api/server.mjs')], {
    env: { PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    server.kill();
  });
  const [said] = await once(server.stdout, 'data');
  return `http://127.0.0.1:${/\d+/.exec(String(said))?.[0]}`;
}

async function smokeTest(url: string, inputs: Record<string, string> = {}) {
  const { main } = await runAction({
    directory: join(root, 'actions/smoke-test'),
    inputs: { url, 'checks-file': `${EXAMPLE}/smoke.yaml`, ...inputs },
    env: { SMOKE_PASSWORD: 'correct horse battery staple', GITHUB_WORKSPACE: root },
  });
  return main;
}

it('passes on a good release, and under load', async () => {
  const load = 'users: 10\nduration: 2s\nmax-p95: 10s\nmax-error-rate: 1%';
  const result = await smokeTest(await release({}), { load });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs).toMatchObject({
    passed: '5',
    failed: '0',
    'p95-ms': expect.stringMatching(/^\d+$/),
  });
});

it.each([
  ['health', /Check "GET \/api\/v1\/health" failed: .*status degraded.*dependency postgres: .*unreachable/],
  ['login', /Check "Login" failed: POST \/api\/v1\/auth\/login answered 500/],
  ['ingest', /Check "Ingest" failed: POST \/api\/v1\/memories answered 500/],
])('finds the release whose %s is broken', async (broken, told) => {
  // A health path that answers 503 is asked again for so long.
  const result = await smokeTest(await release({ BROKEN: broken }), { timeout: '2s' });
  expect(result.exitCode).toBe(1);
  expect(result.annotations).toEqual([
    expect.objectContaining({
      level: 'error',
      file: `${EXAMPLE}/smoke.yaml`,
      message: expect.stringMatching(told),
    }),
  ]);
});

it('finds the release that forgets what was put in', async () => {
  const checks = readFileSync(join(root, EXAMPLE, 'smoke.yaml'), 'utf8').replace('retry: 30s', 'retry: 2s');
  const url = await release({ BROKEN: 'query' });
  const result = await smokeTest(url, { 'checks-file': '', checks });
  expect(result.exitCode).toBe(1);
  expect(result.log).toMatch(
    /Check "Query" failed: .*json results\[0\]\.id: expected "?\*\*\*"?, got nothing/,
  );
});

it('is what the published JSON Schema allows', () => {
  const schema = JSON.parse(readFileSync(join(root, 'actions/smoke-test/checks.schema.json'), 'utf8'));
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  const checks = parse(readFileSync(join(root, EXAMPLE, 'smoke.yaml'), 'utf8'));
  expect(validate(checks), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ checks: [{ request: 'GET /', expct: {} }] })).toBe(false);
  expect(validate('GET /health')).toBe(true);
});
