import { describe, expect, it } from 'vitest';
import type { Answer } from './support/answers.ts';
import { type Run, run, startApp } from './support/kit.ts';

/** With everything in it that JSON, URLs or XML write in another way. */
const PASSWORD = `p4ss "w/ö'rd\\ & <3>!(*)+%`;
/** Opaque, so that it is known by its capture alone. */
const TOKEN = 'opaque/token+of=the~session!';

/** The ways in which software writes a text. */
const WRITTEN: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in JSON': (secret) => JSON.stringify(secret).slice(1, -1),
  'in a URL': encodeURIComponent,
  'in a URL, in lower case': (secret) =>
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  'in a form': (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in JSON of Python': (secret) =>
    JSON.stringify(secret).replace(
      /[^\x20-\x7e]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'in HTML': (secret) => secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
};
const FORMS = [PASSWORD, TOKEN].flatMap((secret) => Object.values(WRITTEN).map((write) => write(secret)));
/** A part says too much as well. */
const PARTS = [PASSWORD, TOKEN].flatMap((secret) => [secret.slice(0, 8), secret.slice(-8)]);

function expectHidden(result: Run): void {
  const lines = result.lines.filter((line) => !line.startsWith('::add-mask::'));
  const places = {
    log: lines.join('\n'),
    summary: result.summary,
    outputs: JSON.stringify(result.outputs),
    report: result.reportText,
    junit: result.junitText,
    cases: JSON.stringify(result.cases),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const form of [...FORMS, ...PARTS]) expect(text, place).not.toContain(form);
  }
  expect(result.masks).toEqual(expect.arrayContaining([PASSWORD, TOKEN]));
}

const LOGIN = `
- name: login
  request: POST /login
  json: { password: "\${MEMORY_PASSWORD}" }
  capture: { token: token }
`;
const login: Answer = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ token: TOKEN, asked: PASSWORD }),
};
const ENV = { MEMORY_PASSWORD: PASSWORD };
const all = FORMS.join(' ');
/** Headers have no characters beyond those of ASCII. */
const header = FORMS.filter((form) => /^[\x20-\x7e]*$/.test(form)).join(' ');

function raw(head: string[]): Answer {
  const lines = [...head, 'connection: close', 'content-length: 2'];
  return { kind: 'raw', body: `${lines.join('\r\n')}\r\n\r\n{}` };
}

describe('a password and a token that the service repeats are shown nowhere, not', () => {
  it.each<[string, Answer, string]>([
    ['in a body', { status: 500, body: `Traceback: ${all}` }, ''],
    ['in a text that was compared', { body: all }, 'expect: { body: welcome }'],
    [
      'in values',
      { body: JSON.stringify({ a: FORMS, [PASSWORD]: TOKEN }) },
      'expect: { json: { a: 1, "$": 2 } }',
    ],
    ['in what is no JSON', { body: TOKEN }, 'expect: { json: { a: 1 } }'],
    ['in what is no JSON after all', { body: `{"a": ${PASSWORD}` }, 'expect: { json: { a: 1 } }'],
    [
      'in what a schema forbids',
      { body: JSON.stringify({ [PASSWORD]: 1, [TOKEN]: 2 }) },
      'expect: { schema: { additionalProperties: { type: string } } }',
    ],
    [
      'in headers',
      raw(['HTTP/1.1 200 OK', `x-secret: ${header}`]),
      'expect: { headers: { x-secret: welcome } }',
    ],
    ['in a content coding', raw(['HTTP/1.1 200 OK', `content-encoding: ${TOKEN}`]), ''],
    ['in a redirect in a circle', { status: 302, headers: { location: `/leak?${header}` } }, ''],
    ['in a redirect to nowhere', { status: 302, headers: { location: `http://[${header}` } }, ''],
    [
      'in a redirect that is asked for',
      { status: 302, headers: { location: `/elsewhere?token=${TOKEN}&p=${encodeURIComponent(PASSWORD)}` } },
      'expect: { status: 302, headers: { location: /home } }',
    ],
    ['in the status of health', { body: JSON.stringify({ status: all }) }, ''],
    [
      'in what was expected',
      { body: 'no' },
      'expect: { body: { equals: "$PASSWORD" }, json: { a: "$TOKEN" } }',
    ],
    ['where it would be cut', { status: 500, body: `${'x'.repeat(490)}${PASSWORD} ${TOKEN}` }, ''],
    [
      'where a long error would be cut',
      { status: 302, headers: { location: `http://[${'x'.repeat(945)}${TOKEN}` } },
      '',
    ],
  ])('%s', async (_, answer, check) => {
    const app = await startApp({
      answers: { 'POST /login': login, 'GET /leak': answer, 'GET /leak/health': answer },
    });
    const checks = `${LOGIN}
- name: leak
  request: GET /leak
  headers: { Authorization: "Bearer \${token}" }
  ${check.replace('$PASSWORD', `\${MEMORY_PASSWORD}`).replace('$TOKEN', `\${token}`)}
- name: health
  request: GET /leak/health?token=\${token}
`;
    const result = await run({ url: app.origin, checks, 'continue-on-failure': 'true' }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expectHidden(result);
    const [, request] = await app.seen();
    expect(request?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('while it is waited for', async () => {
    const answers = { 'POST /login': login, 'GET /leak': [{ status: 500, body: all }, { body: all }] };
    const app = await startApp({ answers });
    const checks = `${LOGIN}
- name: leak
  request: GET /leak
  expect: { body: { contains: "\${token}" } }
  retry: { for: 60s, every: 10ms }
`;
    const result = await run({ url: app.origin, checks }, { env: ENV });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain('not yet');
    expectHidden(result);
  });

  it('under load', async () => {
    const answers = {
      'POST /login': login,
      'GET /leak': [
        { body: '{}' },
        { status: 500, body: all },
        raw(['HTTP/1.1 200 OK', `content-encoding: ${TOKEN}`]),
      ],
    };
    const app = await startApp({ answers });
    const checks = `${LOGIN}
- name: leak
  request: GET /leak
  expect: { json: { "$": { type: object } } }
  weight: 1
`;
    const load = 'users: 2\nduration: 300ms\nmax-error-rate: 1%';
    const result = await run({ url: app.origin, checks, load }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expect(result.report.load?.total.errors).toBeGreaterThan(0);
    expectHidden(result);
  });

  it('where a user cannot begin a load', async () => {
    const answers = { 'POST /login': [login, { status: 500, body: all }] };
    const app = await startApp({ answers });
    const load = 'users: 2\nduration: 300ms';
    const checks = `${LOGIN}  expect: { headers: { content-type: application/json } }
- name: health
  request: GET /api/v1/health
  weight: 1
`;
    const result = await run({ url: app.origin, checks, load }, { env: ENV });
    expect(result.exitCode).toBe(1);
    expectHidden(result);
  });
});

describe('of the variables', () => {
  const checks = `request: GET /it\nheaders: { x-given: "\${GIVEN} \${API_KEY}" }`;
  const body = 'given-value and key-value';

  it('those are shown that were given, unless their name says that they are secret', async () => {
    const app = await startApp({ answers: { 'GET /it': { status: 500, body } } });
    const variables = 'GIVEN=given-value\nAPI_KEY=key-value';
    const result = await run({ url: app.origin, checks, variables });
    expect((await app.seen())[0]?.headers['x-given']).toBe('given-value key-value');
    expect(result.report.checks[0]?.answer?.excerpt).toBe('given-value and ***');
  });

  it('none from the environment is shown', async () => {
    const app = await startApp({ answers: { 'GET /it': { status: 500, body } } });
    const env = { GIVEN: 'given-value', API_KEY: 'key-value' };
    const result = await run({ url: app.origin, checks }, { env });
    expect(result.report.checks[0]?.answer?.excerpt).toBe('*** and ***');
  });
});

it('a JSON Web Token is hidden whoever made it', async () => {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const token = `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'somebody' })}.c2lnbmF0dXJl`;
  const app = await startApp({ answers: { 'GET /it': { status: 500, body: `bad token ${token}!` } } });
  const result = await run({ url: app.origin, checks: 'GET /it' });
  expect(result.report.checks[0]?.answer?.excerpt).toBe('bad token ***!');
  for (const text of [result.log, result.summary, result.junitText])
    expect(text).not.toContain(token.slice(0, 20));
});
