import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { certificate } from './support/certificate.ts';
import { freeAddress, onlyError, run, startApp } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';

describe('what keeps a request from being answered is told with what to do about it:', () => {
  it('nothing that listens', async () => {
    const { HOST, PORT } = freeAddress();
    const result = await run({ url: `http://${HOST}:${PORT}`, checks: CHECKS, timeout: '0s' });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(
      `${CHECKS}: no answer: connect ECONNREFUSED ${HOST}:${PORT} (nothing listens there: look whether the service is up`,
    );
    expect(result.cases[0]?.failure?.message).toContain('ECONNREFUSED');
    expect(result.report.checks[0]).not.toHaveProperty('answer');
  });

  it('a name that nobody has', async () => {
    // Where no resolver answers, the C library is to give up soon.
    const env = { RES_OPTIONS: 'timeout:1 attempts:1' };
    const result = await run({ url: 'http://nonexistent.invalid', checks: CHECKS, timeout: '0s' }, { env });
    expect(onlyError(result)).toMatch(
      /no answer: getaddrinfo E\w+ nonexistent\.invalid .*\(no such host: check the URL/,
    );
  });

  it('a certificate that nobody signed', async () => {
    const app = await startApp({ env: await certificate() });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(result.exitCode).toBe(1);
    expect(result.log).not.toContain('not up yet');
    expect(onlyError(result)).toMatch(
      /no answer: self-signed certificate.* \(DEPTH_ZERO_SELF_SIGNED_CERT\) \(the certificate cannot be trusted\. .*NODE_EXTRA_CA_CERTS/,
    );
    expect(await app.seen()).toEqual([]);
  });

  it('plain HTTP where TLS is spoken', async () => {
    const app = await startApp();
    const result = await run({ url: app.origin.replace('http:', 'https:'), checks: CHECKS });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toMatch(
      /no answer: .*\(the two sides could not agree on TLS: look whether https is right/,
    );
  });

  it('an answer that never ends', async () => {
    const app = await startApp({ answers: { [CHECKS]: { kind: 'endless' } } });
    const inputs = { url: app.origin, checks: CHECKS, 'request-timeout': '300ms', timeout: '0s' };
    const result = await run(inputs);
    expect(onlyError(result)).toContain(
      'no answer: the answer was not complete in time (the service takes too long, or sends its answer too slowly: see its logs)',
    );
  });

  it('an answer that never comes', async () => {
    const app = await startApp({ answers: { [CHECKS]: { kind: 'silent' } } });
    const inputs = { url: app.origin, checks: CHECKS, 'request-timeout': '300ms', timeout: '0s' };
    const result = await run(inputs);
    expect(onlyError(result)).toContain('no answer: the answer was not complete in time');
  });

  it('a body of 50 MiB', async () => {
    const app = await startApp({ answers: { [CHECKS]: { kind: 'long', bytes: 50 * 1024 * 1024 } } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(onlyError(result)).toContain(
      'no answer: the body is longer than 10 MiB, which is more than a check reads',
    );
    expect(await app.seen()).toHaveLength(1);
  });

  it('a body that unpacks to too much', async () => {
    const base64 = gzipSync(Buffer.alloc(50 * 1024 * 1024)).toString('base64');
    const answer = { headers: { 'content-encoding': 'gzip' }, base64 };
    const app = await startApp({ answers: { [CHECKS]: answer } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(onlyError(result)).toContain('no answer: the body is longer than 10 MiB');
  });
});

describe('a body', () => {
  const text = JSON.stringify({ status: 'ok' });

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['zstd', zstdCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
  ])('is unpacked (%s), under load as well', async (coding, body) => {
    const answer = { headers: { 'content-encoding': coding }, base64: body.toString('base64') };
    const app = await startApp({ answers: { [CHECKS]: answer } });
    const checks = `request: ${CHECKS}\nexpect: { json: { status: ok } }`;
    const inputs = { url: app.origin, checks, load: 'users: 1\nduration: 100ms\nmax-error-rate: 1%' };
    const result = await run(inputs);
    expect(result.exitCode, result.log).toBe(0);
    expect((await app.seen())[0]?.headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
  });
});

describe('over TLS', () => {
  it('an authority of its own is trusted with NODE_EXTRA_CA_CERTS', async () => {
    const tls = await certificate();
    const app = await startApp({ env: tls });
    const env = { NODE_EXTRA_CA_CERTS: tls.CERTIFICATE };
    const result = await run({ url: app.origin, checks: CHECKS }, { env });
    expect(result.exitCode, result.log).toBe(0);
    expect((await app.seen()).map(({ httpVersion }) => httpVersion)).toEqual(['1.1']);
  });

  it('HTTP/2 is spoken, with every kind of request', async () => {
    const tls = await certificate();
    const answers = {
      'HEAD /head': { headers: { 'x-kind': 'head' } },
      'GET /long': { kind: 'long' as const, bytes: 5 * 1024 * 1024 },
      'GET /too-long': { kind: 'long' as const, bytes: 50 * 1024 * 1024 },
      'GET /endless': { kind: 'endless' as const },
    };
    const app = await startApp({ env: { ...tls, PROTOCOL: 'h2' }, answers });
    const checks = `
- ${CHECKS}
- request: POST /api/v1/login
  json: { username: a, password: correct horse }
  capture: { token: token }
- request: GET /api/v1/memories?q=a
  headers: { Authorization: "Bearer \${token}" }
- request: HEAD /head
  expect: { headers: { x-kind: head } }
- GET /long
- GET /too-long
- GET /endless
- request: ${CHECKS}
  name: again
`;
    const inputs = { url: app.origin, checks, 'continue-on-failure': 'true', 'request-timeout': '5s' };
    const result = await run(inputs, { env: { NODE_EXTRA_CA_CERTS: tls.CERTIFICATE } });
    expect(result.report.checks.map(({ name, status }) => [name, status])).toEqual([
      [CHECKS, 'passed'],
      ['POST /api/v1/login', 'passed'],
      ['GET /api/v1/memories?q=a', 'passed'],
      ['HEAD /head', 'passed'],
      ['GET /long', 'passed'],
      ['GET /too-long', 'failed'],
      ['GET /endless', 'failed'],
      ['again', 'passed'],
    ]);
    expect(result.log).toContain('the body is longer than 10 MiB');
    expect(result.log).toContain('the answer was not complete in time');
    expect(new Set((await app.seen()).map(({ httpVersion }) => httpVersion))).toEqual(new Set(['2.0']));
  });
});

describe('an answer that is not the one of the service says what to do:', () => {
  it.each([
    [
      403,
      'no ID token was sent; if the service is private, set `id-token: true` and grant the account roles/run.invoker',
    ],
    [401, 'no ID token was sent; if the service is private, set `id-token: true`'],
  ])('%i without an ID token', async (status, hint) => {
    const body = '<html><title>403 Forbidden</title>Your client does not have permission</html>';
    const app = await startApp({ answers: { [CHECKS]: { status, body } } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(onlyError(result)).toContain(`answered ${status} (${hint}`);
    expect(await app.seen()).toHaveLength(1);
  });

  it("the page of Google's front end", async () => {
    const page = `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>404 Page not found</title></head><body text=#000000 bgcolor=#ffffff>
<h1>Error: Page not found</h1><h2>The requested URL was not found on this server.</h2><h2></h2></body></html>`;
    const answer = { status: 404, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: page };
    const app = await startApp({ answers: { [CHECKS]: answer } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(onlyError(result)).toContain(
      "(this is the page of Google's front end, not of the service: with `ingress: internal`",
    );
  });

  it('a 404 of the service itself says no more than that', async () => {
    const app = await startApp({ answers: { [CHECKS]: { status: 404, body: 'no such path' } } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(onlyError(result)).toContain(`${CHECKS} answered 404, expected 2xx.`);
  });
});

describe('a redirect', () => {
  const headers =
    'headers: { Authorization: Bearer abc, Cookie: session=1, X-Api-Key: key-1, Accept: text/html }';

  it('on the same host is followed with all that was given', async () => {
    const answers = { 'GET /old': { status: 307, headers: { location: '/new' } }, 'GET /new': {} };
    const app = await startApp({ answers });
    const result = await run({ url: app.origin, checks: `request: GET /old\n${headers}` });
    expect(result.exitCode, result.log).toBe(0);
    expect((await app.seen())[1]).toMatchObject({
      url: '/new',
      headers: { authorization: 'Bearer abc', cookie: 'session=1', 'x-api-key': 'key-1' },
    });
  });

  it.each([301, 302, 303, 307, 308])('to another host (%i) is not followed', async (status) => {
    const other = await startApp({ answers: { 'GET /new': {} } });
    const location = `${other.origin}/new`;
    const answer = { status, headers: { location } };
    const app = await startApp({ answers: { 'GET /old': answer, 'POST /old': answer } });
    const post = '  name: with a body\n  request: POST /old\n  json: { password: hunter2 }';
    const checks = `- request: GET /old\n${headers.replace(/^/gm, '  ')}\n-${post.slice(1)}`;
    const result = await run({ url: app.origin, checks, 'continue-on-failure': 'true' });
    expect(result.outputs).toMatchObject({ passed: '0', failed: '2' });
    expect(result.log).toContain(
      `answered ${status} and redirects to another host, ${other.origin}, which a check does not follow; if that is as it should be, expect \`status: ${status}\``,
    );
    expect(await other.seen()).toEqual([]);
  });

  it('after a form becomes a GET without it', async () => {
    const answers = { 'POST /login': { status: 302, headers: { location: '/home' } }, 'GET /home': {} };
    const app = await startApp({ answers });
    const result = await run({
      url: app.origin,
      checks: 'request: POST /login\nform: { password: hunter2 }',
    });
    expect(result.exitCode, result.log).toBe(0);
    const [, home] = await app.seen();
    expect(home).toMatchObject({ method: 'GET', body: '' });
    expect(home?.headers).not.toHaveProperty('content-type');
  });

  it('that is expected is an answer', async () => {
    const app = await startApp({ answers: { 'GET /old': { status: 302, headers: { location: '/new' } } } });
    const checks = 'request: GET /old\nexpect: { status: 302, headers: { location: /new } }';
    const result = await run({ url: app.origin, checks });
    expect(result.exitCode, result.log).toBe(0);
    expect(await app.seen()).toHaveLength(1);
  });

  it('in a circle is not followed for ever', async () => {
    const app = await startApp({ answers: { 'GET /old': { status: 302, headers: { location: '/old' } } } });
    const result = await run({ url: app.origin, checks: 'GET /old' });
    expect(onlyError(result)).toContain(`redirects more than 10 times, to ${app.origin}/old in the end`);
    expect(await app.seen()).toHaveLength(11);
  });
});
