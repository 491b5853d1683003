import { describe, expect, it } from 'vitest';
import { finish, onlyError, rows, run, start, startApp } from './support/kit.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a failed check says what was expected and what came', () => {
  const body = JSON.stringify({ name: 'memory', count: 2, tags: ['a', 'b'], nothing: null });
  it.each<[string, string, { what: string; expected: string; got?: string }]>([
    ['status', 'status: [201, 3xx]', { what: 'status', expected: '201 or 3xx', got: '200' }],
    ['header', 'headers: { x-kind: big }', { what: 'header x-kind', expected: '"big"', got: '"small"' }],
    ['missing header', 'headers: { x-no: 1 }', { what: 'header x-no', expected: '"1"', got: 'nothing' }],
    ['text', 'body: { matches: "^gone$" }', { what: 'body', expected: 'a match of /^gone$/' }],
    ['value', 'json: { count: 3 }', { what: 'json count', expected: '3', got: '2' }],
    ['text that is a number', 'json: { count: "2" }', { what: 'json count', expected: '"2"', got: '2' }],
    [
      'element of a list',
      'json: { tags: { contains: c } }',
      { what: 'json tags', expected: 'something that contains "c"', got: '["a","b"]' },
    ],
    [
      'type',
      'json: { name: { type: array } }',
      { what: 'json name', expected: 'a value of type array', got: '"memory"' },
    ],
    [
      'value that should not be there',
      'json: { nothing: { exists: false } }',
      { what: 'json nothing', expected: 'nothing', got: 'null' },
    ],
    [
      'schema',
      'schema: { properties: { count: { maximum: 1 } } }',
      { what: 'schema', expected: 'a body that fits', got: '/count must be <= 1' },
    ],
    ['time', 'duration: 1ms', { what: 'duration', expected: 'at most 1ms' }],
  ])('of a %s', async (_, expectation, failure) => {
    const answer = { headers: { ...JSON_TYPE, 'x-kind': 'small' }, body };
    const app = await startApp({ env: { DELAY_MS: '5' }, answers: { 'GET /it': answer } });
    const result = await run({ url: app.origin, checks: `request: GET /it\nexpect: { ${expectation} }` });
    expect(result.exitCode).toBe(1);
    expect(result.report.checks[0]?.failures).toMatchObject([failure]);
    expect(result.outputs).toMatchObject({ passed: '0', failed: '1' });
    const error = onlyError(result);
    const { what, ...compared } = failure;
    expect(result.cases[0]?.failure?.text).toContain(`${what}: expected `);
    for (const text of Object.values(compared)) {
      expect(error).toContain(text);
      expect(result.cases[0]?.failure?.text).toContain(text);
    }
  });

  it('of a capture', async () => {
    const app = await startApp({ answers: { 'GET /it': { headers: JSON_TYPE, body } } });
    const checks = 'request: GET /it\ncapture: { id: "items[0].id" }';
    const result = await run({ url: app.origin, checks });
    expect(onlyError(result)).toContain('capture id: expected a value at items[0].id, got nothing');
  });

  it('of a health body', async () => {
    const health = { status: 'degraded', dependencies: { database: 'ok', index: { status: 'down' } } };
    const answer = { headers: JSON_TYPE, body: JSON.stringify(health) };
    const app = await startApp({ answers: { 'GET /health': answer } });
    const result = await run({ url: app.origin, checks: 'GET /health' });
    expect(onlyError(result)).toContain(
      'health: expected status ok, got status degraded; dependency index: expected status ok, got status down',
    );
  });

  it('with the answer, wherever one looks', async () => {
    const answer = { status: 500, body: 'Traceback:\n   no such table "memories"' };
    const app = await startApp({ answers: { 'GET /it': answer } });
    const result = await run({ url: app.origin, checks: 'name: look\nrequest: GET /it' });
    const excerpt = 'Traceback: no such table "memories"';
    expect(result.log).toMatch(/^✗ look: GET \/it → 500 in \d+m?s$/m);
    expect(result.log).toContain('    status: expected 2xx, got 500\n');
    expect(result.log).toContain(`    answer: ${excerpt}`);
    expect(result.summary).toContain('## ❌ Smoke test: 1 of 1 checks failed');
    expect(result.summary).toContain(`\`look\` answered 500:\n\n\`\`\`\n${excerpt}\n\`\`\``);
    expect(rows(result.summary)).toMatchObject([['look', 'GET /it', '❌ failed', {}, {}]]);
    expect(result.report.checks[0]?.answer).toEqual({ status: 500, excerpt });
    expect(result.cases[0]?.failure).toMatchObject({ message: 'status: expected 2xx, got 500' });
    expect(result.cases[0]?.failure?.text).toContain(`answer 500: ${excerpt}`);
    expect(result.suite).toMatchObject({ tests: '1', failures: '1', skipped: '0' });
    expect(onlyError(result)).toMatch(
      /^Check "look" failed: GET \/it answered 500, expected 2xx\. 0 of 1 checks passed; this step changes nothing on the service\. Look at/,
    );
  });
});

describe('after a failed check', () => {
  const checks = `
- GET /api/v1/health
- name: broken
  request: GET /broken
  capture: { id: id }
- name: needs it
  request: GET /items/\${id}
- name: needs nothing
  request: GET /api/v1/health?again
`;
  const answers = { 'GET /broken': { status: 404 } };

  it('the others are left out', async () => {
    const app = await startApp({ answers });
    const result = await run({ url: app.origin, checks });
    expect(result.exitCode).toBe(1);
    expect(result.report.checks.map(({ status }) => status)).toEqual([
      'passed',
      'failed',
      'skipped',
      'skipped',
    ]);
    expect(result.outputs).toMatchObject({ passed: '1', failed: '1' });
    expect(onlyError(result)).toContain('1 of 4 checks passed, 2 were left out;');
    expect(result.log).toMatch(/^– needs it: .*, left out: an earlier check failed$/m);
    expect(result.cases.map(({ skipped }) => skipped?.message)).toEqual([
      undefined,
      undefined,
      'an earlier check failed',
      'an earlier check failed',
    ]);
    expect(result.suite).toMatchObject({ tests: '4', failures: '1', skipped: '2' });
    expect(await app.seen()).toHaveLength(2);
  });

  it('the others run if that was asked for, but for those that lack a value', async () => {
    const app = await startApp({ answers });
    const result = await run({ url: app.origin, checks, 'continue-on-failure': 'true' });
    expect(result.exitCode).toBe(1);
    expect(result.report.checks.map(({ status }) => status)).toEqual([
      'passed',
      'failed',
      'skipped',
      'passed',
    ]);
    expect(result.report.checks[2]?.reason).toMatch(/^`\$\{id\}` was not captured$/);
    expect(result.outputs).toMatchObject({ passed: '2', failed: '1' });
  });
});

describe('many failed checks', () => {
  const COUNT = 15;
  const lines = Array.from(
    { length: COUNT },
    (_, i) => `- name: check ${i + 1}\n  request: GET /gone/${i + 1}\n`,
  );
  const inputs = { 'continue-on-failure': 'true', 'checks-file': 'checks.yml' };

  it('have an annotation each at their line, up to the ten that GitHub shows', async () => {
    const app = await startApp({ answers: {} });
    const result = await run({ ...inputs, url: app.origin }, { files: { 'checks.yml': lines.join('') } });
    expect(result.exitCode).toBe(1);
    expect(result.limitViolations).toEqual([]);
    const annotations = result.annotations.map(({ level, file, line, message }) => ({
      level,
      file,
      line,
      name: /^Check "(.*?)" failed: GET/.exec(message)?.[1],
    }));
    expect(annotations.toSorted((a, b) => Number(a.line) - Number(b.line))).toEqual(
      Array.from({ length: 10 }, (_, i) => ({
        level: 'error',
        file: 'checks.yml',
        line: 2 * i + 1,
        name: `check ${i + 1}`,
      })),
    );
    expect(result.log).toContain('0 of 15 checks passed, and 14 more failed;');
    expect(result.outputs).toMatchObject({ passed: '0', failed: '15' });
    expect(rows(result.summary)).toHaveLength(COUNT);
    expect(result.cases.filter(({ failure }) => failure)).toHaveLength(COUNT);
  });

  it('have no place where the checks are in the workflow', async () => {
    const app = await startApp();
    const result = await run({ url: app.origin, checks: lines.join(''), 'continue-on-failure': 'true' });
    expect(result.annotations).toHaveLength(10);
    for (const annotation of result.annotations) expect(annotation).not.toHaveProperty('file');
  });
});

describe('what is too long is cut', () => {
  it('after a hundred rows', async () => {
    const app = await startApp();
    const checks = Array.from({ length: 120 }, (_, i) => `- GET /api/v1/health?${i}\n`).join('');
    const result = await run({ url: app.origin, checks });
    expect(result.exitCode, result.log).toBe(0);
    expect(rows(result.summary)).toHaveLength(100);
    expect(result.summary).toContain('And 20 more, in the report.');
    expect(result.cases).toHaveLength(120);
    expect(result.outputs.passed).toBe('120');
  });

  it.each([
    ['a body', 'body: { contains: needle }'],
    ['a value', 'json: { text: needle }'],
    ['a great many values', 'json: { "items[*]": needle }'],
    [
      'a great many places that do not fit a schema',
      'schema: { properties: { items: { items: { type: string } } } }',
    ],
  ])('in %s', async (_, expectation) => {
    const app = await startApp({ answers: { 'GET /it': { kind: 'hay' } } });
    const result = await run({ url: app.origin, checks: `request: GET /it\nexpect: { ${expectation} }` });
    expect(result.exitCode).toBe(1);
    expect(result.limitViolations).toEqual([]);
    expect(Math.max(...result.lines.map((line) => line.length))).toBeLessThan(20_000);
    expect(result.summary.length).toBeLessThan(20_000);
    expect(result.reportText.length).toBeLessThan(50_000);
    expect(result.junitText.length).toBeLessThan(50_000);
    expect(onlyError(result)).toContain('Look at the answer in the summary');
    expect(rows(result.summary)).toHaveLength(1);
  });
});

describe('a failed check is tried again', () => {
  it('as often as `retries` says', async () => {
    const app = await startApp({ answers: { 'GET /it': [{ status: 500 }, { status: 500 }, {}] } });
    const result = await run({ url: app.origin, checks: 'GET /it', retries: '2' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain('  not yet: status: expected 2xx, got 500; next try in 1s');
    expect(result.report.checks[0]?.attempts).toBe(3);
  });

  it('and no more often', async () => {
    const app = await startApp({ answers: { 'GET /it': { status: 500 } } });
    const result = await run({ url: app.origin, checks: 'GET /it', retries: '1' });
    expect(result.exitCode).toBe(1);
    expect(await app.seen()).toHaveLength(2);
  });

  it('not counting how often a service was asked that had not started', async () => {
    const starting = { status: 503 };
    const answers = { 'GET /it': [starting, starting, starting, { status: 500 }, {}] };
    const app = await startApp({ answers });
    const result = await run({ url: app.origin, checks: 'GET /it', retries: '1' });
    expect(result.exitCode, result.log).toBe(0);
    expect(await app.seen()).toHaveLength(5);
  });
});

it('results outlive the step', async () => {
  const app = await startApp();
  const running = start({ url: app.origin, checks: 'GET /api/v1/health' });
  const result = await finish(running);
  expect(result.outputs.report).toMatch(/report\.json$/);
  expect(result.outputs.report?.startsWith(running.directories.temp)).toBe(true);
  expect(result.outputs.junit?.startsWith(running.directories.temp)).toBe(true);
});
