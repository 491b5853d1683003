import { describe, expect, it } from 'vitest';
import { CRITICAL_PATHS, PASSWORD } from './support/apex-memory.ts';
import { rows, run, startApp } from './support/kit.ts';

const ENV = { MEMORY_PASSWORD: PASSWORD };
const NAMES = ['healthy', 'login', 'ingest', 'query'];

describe('the critical paths of apex-memory', () => {
  it('pass, each with what those before it gave', async () => {
    const app = await startApp({ env: { INVISIBLE_FOR: '2' } });
    const result = await run({ url: app.origin, checks: CRITICAL_PATHS }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toEqual([]);
    expect(result.outputs).toMatchObject({ passed: '4', failed: '0' });
    expect(result.outputs['p95-ms']).toBeUndefined();
    const requests = await app.seen();
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/health',
      'POST /api/v1/login',
      'POST /api/v1/memories',
      ...Array.from({ length: 3 }, () => 'GET /api/v1/memories?q=smoke%209876543210'),
    ]);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      ...Array.from({ length: 4 }, () => 'Bearer memory-token-1'),
    ]);
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({ username: 'smoke', password: PASSWORD });
  });

  it('are in the log, in the summary, and in both files', async () => {
    const app = await startApp({ env: { INVISIBLE_FOR: '2' } });
    const result = await run({ url: app.origin, checks: CRITICAL_PATHS }, { env: ENV });
    expect(result.log).toContain(`4 checks of ${app.origin}/`);
    expect(result.log).toMatch(/^✓ healthy: GET \/api\/v1\/health → 200 in \d+m?s$/m);
    expect(result.log).toMatch(
      /^ {2}not yet: json items\[0\]\.id: expected "\*\*\*", got nothing; .*next try in 50ms, for up to 1m$/m,
    );
    expect(result.log).toMatch(/^✓ query: GET \S+ → 200 in \d+m?s, attempt 3$/m);
    expect(result.summary).toContain('## ✅ Smoke test: 4 of 4 checks passed');
    expect(rows(result.summary).map(([name, , verdict]) => [name, verdict])).toEqual([
      ['healthy', '✅ passed'],
      ['login', '✅ passed'],
      ['ingest', '✅ passed'],
      ['query', '✅ passed (attempt 3)'],
    ]);
    expect(result.report).toMatchObject({ url: `${app.origin}/`, passed: 4, failed: 0, skipped: 0 });
    expect(result.report.checks.map(({ name, attempts }) => [name, attempts])).toEqual([
      ['healthy', 1],
      ['login', 1],
      ['ingest', 1],
      ['query', 3],
    ]);
    expect(result.suite).toMatchObject({ tests: '4', failures: '0', skipped: '0' });
    expect(result.cases.map(({ name }) => name)).toEqual(NAMES);
  });

  it('lie below the path of the URL', async () => {
    const app = await startApp();
    const checks = CRITICAL_PATHS.replaceAll('/api/v1/', '/');
    const result = await run({ url: `${app.origin}/api/v1/`, checks }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
  });

  it('fail where the memory is never found, once the time of the retry is over', async () => {
    const app = await startApp({ env: { INVISIBLE_FOR: '1000000' } });
    const checks = CRITICAL_PATHS.replace('for: 60s', 'for: 300ms');
    const result = await run({ url: app.origin, checks }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expect(result.report.checks[3]).toMatchObject({
      status: 'failed',
      failures: [
        { what: 'json items[0].id', expected: '"***"', got: 'nothing' },
        { what: 'json items[*].text', expected: 'a value of type string', got: 'nothing' },
      ],
    });
    expect(result.report.checks[3]?.attempts).toBeGreaterThan(1);
  });
});

describe('one check', () => {
  it('is one line', async () => {
    const app = await startApp();
    const result = await run({ url: app.origin, checks: 'GET /api/v1/health' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toMatch(/^1 check of /m);
    expect(result.log).toMatch(/^✓ GET \/api\/v1\/health → 200/m);
  });
});

const SCHEMA = `
type: object
required: [status, version]
properties:
  status: { type: string }
  version: { type: string, pattern: '^\\d+\\.\\d+\\.\\d+$' }
`;
const FILE = `
# yaml-language-server: $schema=https://example.com/checks.json
checks:
  - name: healthy
    request: GET /api/v1/health
    expect: { schema: health.schema.yml }
  - name: form
    request: POST /form
    form: { grant: client & secret, n: 1 }
  - name: text
    request: POST /text
    headers: { Content-Type: text/csv }
    body: |
      id,text
      1,\${GREETING}
  - name: deep only
    request: GET /deep
    when: \${DEPTH} == deep
  - name: shallow only
    request: GET /shallow
    when: \${DEPTH} != deep
`;

describe('a file of checks', () => {
  const files = { 'ops/checks.yml': FILE, 'ops/health.schema.yml': SCHEMA };
  const answers = { 'POST /form': {}, 'POST /text': {}, 'GET /deep': {}, 'GET /shallow': {} };

  it('has schemas beside it, bodies of every kind, and conditions on variables', async () => {
    const app = await startApp({ answers });
    const result = await run(
      { url: app.origin, 'checks-file': 'ops/checks.yml', variables: 'DEPTH=deep\nGREETING' },
      { files, env: { GREETING: 'hello, "world"' } },
    );
    expect(result.exitCode, result.log).toBe(0);
    const [, form, text, ...others] = await app.seen();
    expect(form).toMatchObject({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant=client+%26+secret&n=1',
    });
    expect(text).toMatchObject({
      headers: { 'content-type': 'text/csv' },
      body: 'id,text\n1,hello, "world"\n',
    });
    expect(others.map(({ url }) => url)).toEqual(['/deep']);
    expect(result.outputs).toMatchObject({ passed: '4', failed: '0' });
    expect(result.log).toMatch(
      /^– shallow only: GET \/shallow, left out: `when: .* != deep` does not hold$/m,
    );
    expect(rows(result.summary)[4]?.slice(2)).toEqual([
      '➖ left out',
      '',
      expect.stringContaining('does not hold'),
    ]);
    expect(result.cases[4]?.skipped?.message).toContain('does not hold');
    expect(result.report).toMatchObject({ passed: 4, failed: 0, skipped: 1 });
  });

  it('says what of a body does not fit the schema', async () => {
    const app = await startApp({ env: { VERSION: 'main' }, answers });
    const result = await run(
      { url: app.origin, 'checks-file': 'ops/checks.yml', variables: 'DEPTH=deep\nGREETING=hi' },
      { files },
    );
    expect(result.exitCode).toBe(1);
    expect(result.annotations).toMatchObject([
      {
        level: 'error',
        file: 'ops/checks.yml',
        line: 4,
        message: expect.stringMatching(
          /^Check "healthy" failed: .*schema: expected a body that fits, got \/version must match pattern/,
        ),
      },
    ]);
  });
});

describe('what a check captures', () => {
  it('comes from headers, from text and from JSON, and keeps its type', async () => {
    const page = '<form><input name="csrf" value="c-1"></form>';
    const answers = {
      'GET /form': { headers: { 'x-request-id': 'r-1' }, body: page },
      'GET /json': { body: JSON.stringify({ list: [{ id: 7, tags: ['a', 'b'] }] }) },
      'POST /use': {},
    };
    const app = await startApp({ answers });
    const checks = `
- request: GET /form
  capture: { request: { header: X-Request-Id }, csrf: { matches: 'name="csrf" value="([^"]+)"' } }
- request: GET /json
  capture: { id: "$.list[0].id", tags: "list[0].tags" }
- request: POST /use
  headers: { X-Request-Id: "\${request}" }
  json: { id: "\${id}", tags: "\${tags}", text: "\${csrf}/\${id}", literal: "$\${csrf}" }
`;
    const result = await run({ url: app.origin, checks });
    expect(result.exitCode, result.log).toBe(0);
    const [, , use] = await app.seen();
    expect(use?.headers['x-request-id']).toBe('r-1');
    const literal = `\${csrf}`;
    expect(JSON.parse(use?.body ?? '')).toEqual({ id: 7, tags: ['a', 'b'], text: 'c-1/7', literal });
  });
});
