import { describe, expect, it } from 'vitest';
import type { SeenRequest } from './support/answers.ts';
import { PASSWORD } from './support/apex-memory.ts';
import { certificate } from './support/certificate.ts';
import { onlyError, type Run, rows, run, startApp } from './support/kit.ts';

const ENV = { MEMORY_PASSWORD: PASSWORD };
const HEALTH = 'GET /api/v1/health';
const CHECKS = `
- name: login
  request: POST /api/v1/login
  json: { username: smoke, password: "\${MEMORY_PASSWORD}" }
  capture: { token: token }
- name: query
  request: GET /api/v1/memories?q=smoke
  headers: { Authorization: "Bearer \${token}" }
  weight: 3
- name: ingest
  request: POST /api/v1/memories
  headers: { Authorization: "Bearer \${token}" }
  json: { text: smoke }
  weight: 1
`;
/** What the checks themselves have asked before the load. */
const BEFORE = 3;

const isQuery = ({ method, url }: SeenRequest) => method === 'GET' && url.startsWith('/api/v1/memories');
const isIngest = ({ method, url }: SeenRequest) => method === 'POST' && url === '/api/v1/memories';
const isLogin = ({ url }: SeenRequest) => url === '/api/v1/login';

function p95Of({ outputs }: Run): number {
  expect(outputs['p95-ms']).toMatch(/^\d+$/);
  return Number(outputs['p95-ms']);
}

describe('users', () => {
  it('begin with the checks without a weight, and choose the others by it', async () => {
    const app = await startApp();
    const users = 4;
    const load = `users: ${users}\nduration: 500ms`;
    const result = await run({ url: app.origin, checks: CHECKS, load }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    const requests = (await app.seen()).slice(BEFORE);
    const [queries, ingests] = [requests.filter(isQuery), requests.filter(isIngest)];
    expect(ingests.length).toBeGreaterThan(0);
    // Nobody is more than a round from the proportion.
    expect(Math.abs(queries.length - 3 * ingests.length)).toBeLessThanOrEqual(3 * users);
    expect(requests.filter(isLogin)).toHaveLength(users);
    expect(new Set([...queries, ...ingests].map(({ headers }) => headers.authorization))).toEqual(
      new Set(Array.from({ length: users }, (_, i) => `Bearer memory-token-${i + 2}`)),
    );
    expect(result.report.load?.checks).toMatchObject({
      query: { requests: queries.length, errors: 0 },
      ingest: { requests: ingests.length, errors: 0 },
    });
    expect(result.report.load?.checks).not.toHaveProperty('login');
  });

  it('do all checks in their order where none has a weight', async () => {
    const app = await startApp();
    const checks = CHECKS.replace(/ {2}weight: \d\n/g, '');
    const result = await run({ url: app.origin, checks, load: 'users: 1\nduration: 300ms' }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    const order = (await app.seen()).slice(BEFORE);
    expect(order.length).toBeGreaterThan(0);
    const kinds = [isLogin, isQuery, isIngest];
    expect(order.filter((request, i) => !kinds[i % 3]?.(request))).toEqual([]);
    // Each round has its own token.
    const tokens = order.filter(isQuery).map(({ headers }) => headers.authorization);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('leave out what the checks left out', async () => {
    const app = await startApp();
    const checks = `- ${HEALTH}\n- request: GET /never\n  when: \${NEVER}\n`;
    const result = await run({ url: app.origin, checks, load: 'users: 2\nduration: 200ms' });
    expect(result.exitCode, result.log).toBe(0);
    expect(new Set((await app.seen()).map(({ url }) => url))).toEqual(new Set(['/api/v1/health']));
  });

  it('have nothing to do where all checks were left out', async () => {
    const app = await startApp();
    const checks = 'request: GET /never\nwhen: ${NEVER}';
    const result = await run({ url: app.origin, checks, load: 'users: 2\nduration: 200ms' });
    expect(result.log).toContain('The load is left out, since not every check that ran has passed');
    expect(onlyError(result)).toMatch(/^No check ran: GET \/never, `when: \S+` does not hold/);
    expect(await app.seen()).toEqual([]);
  });

  it('are served over TLS', async () => {
    const tls = await certificate();
    const app = await startApp({ env: tls });
    const inputs = { url: app.origin, checks: HEALTH, load: 'users: 2\nduration: 200ms' };
    const result = await run(inputs, { env: { NODE_EXTRA_CA_CERTS: tls.CERTIFICATE } });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.report.load?.total).toMatchObject({ requests: (await app.seen()).length - 1, errors: 0 });
  });
});

describe('a rate', () => {
  it.each([
    ['a second', '40/s', 40],
    ['a minute', '1200/m', 20],
  ])('is kept %s', async (_, rate, count) => {
    const app = await startApp();
    const result = await run({ url: app.origin, checks: HEALTH, load: `rate: ${rate}\nduration: 1s` });
    expect(result.exitCode, result.log).toBe(0);
    expect(await app.seen()).toHaveLength(1 + count);
    expect(result.report.load?.total).toMatchObject({ requests: count, errors: 0 });
    expect(result.groups).toEqual([expect.stringMatching(/^Load: \d+ requests a second for 1s$/)]);
  });

  it('is kept by as many users as it takes, each with a token of its own', async () => {
    const app = await startApp({ env: { DELAY_MS: '200' } });
    const load = 'rate: 50/s\nduration: 1s';
    const result = await run({ url: app.origin, checks: CHECKS, load }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    const requests = (await app.seen()).slice(BEFORE);
    expect(requests.filter((request) => isQuery(request) || isIngest(request))).toHaveLength(50);
    const users = new Set(requests.flatMap(({ headers }) => headers.authorization ?? []));
    expect(users.size).toBeGreaterThan(1);
    expect(users.size).toBeLessThanOrEqual(requests.filter(isLogin).length);
  });
});

describe('the figures of a load', () => {
  it('are in the log, the summary, the outputs and both files', async () => {
    const app = await startApp();
    const load = 'users: 2\nduration: 500ms\nmax-p95: 30s\nmax-error-rate: 1%';
    const result = await run({ url: app.origin, checks: CHECKS, load }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(p95Of(result)).toBeLessThan(30_000);
    expect(result.groups).toEqual(['Load: 2 users for 500ms']);
    for (const text of [result.log, result.summary]) {
      expect(text).toMatch(/^ +requests +errors +P50 +P90 +P95 +P99 +longest$/m);
      for (const name of ['query', 'ingest', 'all', 'all, as measured']) {
        expect(text).toMatch(new RegExp(`^${name} +[\\d,]+ +0 +\\S+ m?s +`, 'm'));
      }
      expect(text).toMatch(/^up to [\d.]+ m?s +[\d,]+ +[\d.]+ % +█/m);
    }
    expect(result.summary).toContain('## ✅ Smoke test: 3 of 3 checks passed\n');
    expect(result.summary).toMatch(/^### Load: 2 users for \S+, \d+ answered a second$/m);
    expect(result.report.load?.violations).toEqual([]);
    expect(result.report.load?.requestsPerSecond).toBeGreaterThan(0);
    expect(result.cases.map(({ name, failure }) => [name, failure])).toEqual(
      ['login', 'query', 'ingest', 'load'].map((name) => [name, undefined]),
    );
    expect(result.suite).toMatchObject({ tests: '4', failures: '0' });
  });
});

describe('a limit that is not kept fails the step:', () => {
  it('of the latency', async () => {
    const app = await startApp({ env: { DELAY_MS: '30' } });
    const load = 'users: 2\nduration: 300ms\nmax-p50: 1ms\nmax-p95: 2ms\nmax-p99: 3ms';
    const result = await run({ url: app.origin, checks: HEALTH, load });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toMatch(
      /^The load is outside its limits: P50 [\d.]+ m?s, expected at most 1 ms; P95 [\d.]+ m?s, expected at most 2 ms; P99 [\d.]+ m?s, expected at most 3 ms\. All checks had passed before; the load is over\./,
    );
    expect(p95Of(result)).toBeGreaterThan(2);
    expect(result.outputs).toMatchObject({ passed: '1', failed: '0' });
    expect(result.summary).toContain(
      '## ❌ Smoke test: 1 of 1 checks passed, the load is outside its limits',
    );
    expect(result.summary).toMatch(/^- ❌ P95: [\d.]+ m?s, expected at most 2 ms$/m);
    expect(result.report.load?.violations.map(({ limit }) => limit)).toEqual(['P50', 'P95', 'P99']);
    expect(result.suite).toMatchObject({ tests: '2', failures: '1' });
    expect(result.cases[1]?.failure?.message).toMatch(/^P50: expected at most 1 ms, got/);
  });

  it('of the errors, with what they were', async () => {
    const app = await startApp({ env: { FAIL_EVERY: '2', FAIL_AFTER: '1' } });
    const load = 'rate: 40/s\nduration: 1s\nmax-error-rate: 10%';
    const checks = CHECKS.slice(0, CHECKS.indexOf('- name: ingest'));
    const result = await run({ url: app.origin, checks, load }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain('errors 50 % (20 of 40), expected at most 10 %');
    expect(result.report.load?.total).toMatchObject({
      requests: 40,
      errors: 20,
      reasons: [{ reason: 'status 500', count: 20 }],
    });
    expect(result.log).toContain('20 × status 500');
    expect(result.summary).toContain('| Errors | Why |\n| --- | --- |\n| 20 | status 500 |');
  });

  it('by more than 1 % errors, where no other share is given', async () => {
    const app = await startApp({ env: { FAIL_EVERY: '2', FAIL_AFTER: '1' } });
    const checks = CHECKS.slice(0, CHECKS.indexOf('- name: ingest'));
    const result = await run({ url: app.origin, checks, load: 'rate: 20/s\nduration: 1s' }, { env: ENV });
    expect(onlyError(result)).toContain('errors 50 % (10 of 20), expected at most 1 %');
    expect(result.report.load?.total.errors).toBe(10);
  });

  it('by time-outs alone, which are errors and slow', async () => {
    const answers = { [HEALTH]: [{ body: '{}' }, { kind: 'silent' as const }] };
    const app = await startApp({ answers });
    const load = 'users: 1\nduration: 100ms\nmax-p95: 50ms\nmax-error-rate: 1%';
    const inputs = { url: app.origin, checks: HEALTH, load, 'request-timeout': '2s' };
    const result = await run(inputs);
    expect(onlyError(result)).toMatch(
      /P95 [\d.]+ m?s, expected at most 50 ms; errors 100 % \(1 of 1\), expected at most 1 %/,
    );
    expect(result.log).toContain('1 × no complete answer within 2s');
  });
});

describe('there is no load', () => {
  it('after a failed check', async () => {
    const app = await startApp();
    const checks = `${CHECKS}- GET /gone\n`;
    const load = 'users: 2\nduration: 20m';
    const result = await run({ url: app.origin, checks, load, 'continue-on-failure': 'true' }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toMatch(/^Check "GET \/gone" failed/);
    expect(result.log).toContain('The load is left out, since not every check that ran has passed');
    expect(await app.seen()).toHaveLength(BEFORE + 1);
    expect(result.outputs).not.toHaveProperty('p95-ms');
    expect(result.summary).not.toContain('Load');
    expect(result.report).not.toHaveProperty('load');
  });

  it('where a user cannot begin, and what the checks found is kept', async () => {
    const app = await startApp({ env: { MOST_LOGINS: '3' } });
    const load = 'users: 5\nduration: 20m';
    const result = await run({ url: app.origin, checks: CHECKS, load }, { env: ENV });
    expect(result.exitCode).toBe(1);
    const why =
      /The load could not begin: a user cannot begin: POST \/api\/v1\/login answered 403.*expected 2xx/;
    expect(onlyError(result)).toMatch(why);
    expect(onlyError(result)).toContain('All checks had passed before. Look at the check that begins a user');
    const requests = (await app.seen()).slice(BEFORE);
    expect(requests.filter((request) => !isLogin(request))).toEqual([]);
    expect(result.outputs).toMatchObject({ passed: '3', failed: '0' });
    expect(rows(result.summary)).toHaveLength(3);
    expect(result.summary).toMatch(/^## ❌ Smoke test: 3 of 3 checks passed, the load could not begin$/m);
    expect(result.summary).toContain('user');
    expect(result.report.loadError).toMatch(why);
    expect(result.suite).toMatchObject({ tests: '4', failures: '1' });
    expect(result.cases[3]).toMatchObject({ name: 'load', failure: { message: expect.stringMatching(why) } });
  });

  it('but errors where a user cannot begin later on', async () => {
    const app = await startApp({ env: { MOST_LOGINS: '2', DELAY_MS: '200' } });
    const load = 'rate: 20/s\nduration: 1s\nmax-error-rate: 1%';
    const result = await run({ url: app.origin, checks: CHECKS, load }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain('The load is outside its limits: errors');
    expect(result.report.load?.checks['beginning of a user']?.errors).toBeGreaterThan(0);
  });
});
