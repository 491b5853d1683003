import { createManualClock } from '@apex-actions/shared/action/clock';
import { expectedVersion } from '@apex-actions/shared/smoke/health-body';
import { Masks } from '@apex-actions/shared/smoke/masks';
import type { Request } from '@apex-actions/shared/smoke/request';
import type { Response } from '@apex-actions/shared/smoke/response';
import {
  type CheckResult,
  describeFailure,
  describeResult,
  describeWait,
} from '@apex-actions/shared/smoke/result';
import { type RunOptions, runChecks, type Target } from '@apex-actions/shared/smoke/run-checks';
import type { Json } from '@apex-actions/shared/smoke/schema';
import { NoAnswer, type NoAnswerKind, type SendOptions } from '@apex-actions/shared/smoke/send';
import { describe, expect, it, test } from 'vitest';
import { checksOf } from './support/checks.ts';
import { responseOf } from './support/response.ts';

type Scripted = (request: Request, nth: number, options: SendOptions) => Response | Error | Promise<Response>;
type More = Partial<Omit<RunOptions, 'variables'>> & {
  variables?: Readonly<Record<string, Json>>;
  idToken?: Target['idToken'];
};

const URL_OF_SHOP = new URL('https://shop.example');
const NEVER: Target['idToken'] = { use: 'never', token: async () => undefined };

/** Runs checks against answers, with a clock on which every pause is over at once. */
async function run(text: string, answer: Scripted, { variables = {}, idToken = NEVER, ...more }: More = {}) {
  const clock = createManualClock();
  const waits: string[] = [];
  const kinds: string[] = [];
  const told: CheckResult[] = [];
  const sent: Request[] = [];
  const checks = checksOf(text, { variables: Object.keys(variables) });
  const { results, variables: captured } = await runChecks(checks, {
    target: { url: URL_OF_SHOP, idToken },
    variables: new Map(Object.entries(variables)),
    masks: new Masks(),
    sender: {
      async send(request, options) {
        sent.push(request);
        const answered = await answer(request, sent.length, options);
        if (answered instanceof Error) throw answered;
        return answered;
      },
      close: async () => undefined,
    },
    clock: {
      nowMs: clock.nowMs,
      sleep: async (durationMs, signal) => {
        signal?.throwIfAborted();
        await clock.advance(durationMs);
      },
    },
    signal: new AbortController().signal,
    requestTimeoutMs: 30_000,
    patienceMs: 10_000,
    retries: 0,
    continueOnFailure: false,
    expected: undefined,
    onWait: (wait) => {
      waits.push(describeWait(wait));
      kinds.push(wait.kind);
    },
    onResult: (result) => told.push(result),
    ...more,
  });
  expect(told).toEqual(results);
  const [result] = results;
  if (!result) throw new Error('unreachable: every text has a check');
  return { result, results, captured, waits, kinds, sent, nowMs: clock.nowMs() };
}

const noAnswer = (kind: NoAnswerKind, cause?: Error) => new NoAnswer(kind, `${kind} of shop.example`, cause);
const status = (code: number, body: unknown = '', headers = {}) =>
  responseOf(body, { status: code, headers });

test('a check that passes needs one attempt and says nothing of waiting', async () => {
  const { results, waits } = await run('GET /health', () => status(200));
  expect(results).toEqual([
    {
      name: 'GET /health',
      line: 1,
      request: 'GET /health',
      status: 'passed',
      attempts: 1,
      durationMs: 10,
      failures: [],
      answer: { status: 200, excerpt: '' },
      reason: undefined,
    },
  ]);
  expect(waits).toEqual([]);
  expect(results.map(describeResult)).toEqual(['GET /health answered 200']);
});

describe('a service that is starting', () => {
  it('is waited for, with the reason of each wait', async () => {
    const before = [noAnswer('refused'), noAnswer('reset'), noAnswer('timeout'), status(503), status(429)];
    const { result, waits, kinds } = await run('GET /health', (_, nth) => before[nth - 1] ?? status(200));
    expect(result).toMatchObject({ status: 'passed', attempts: 6, failures: [] });
    expect(waits).toEqual([
      'no answer: refused of shop.example; next try in 1s, for up to 10s',
      'no answer: reset of shop.example; next try in 1s, for up to 9s',
      'no answer: timeout of shop.example; next try in 1s, for up to 8s',
      'status: expected 2xx, got 503; next try in 1s, for up to 7s',
      'status: expected 2xx, got 429; next try in 1s, for up to 6s',
    ]);
    expect(new Set(kinds)).toEqual(new Set(['starting']));
  });

  it.each([408, 425, 429, 502, 503, 504])('may answer %i', async (code) => {
    const { result } = await run('GET /health', (_, nth) => status(nth < 3 ? code : 200));
    expect(result).toMatchObject({ status: 'passed', attempts: 3 });
  });

  it('is given up at the deadline, with what to look at', async () => {
    const { result, waits, nowMs } = await run('GET /health', () => noAnswer('refused'));
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 11,
      answer: undefined,
      failures: [
        { what: 'no answer', got: 'refused of shop.example', hint: expect.stringMatching(/nothing listens/) },
      ],
    });
    expect(waits).toHaveLength(10);
    expect(nowMs).toBe(10_000);
  });

  it('is waited for as long as a `retry` says, where that is longer', async () => {
    const { result } = await run('request: GET /health\nretry: 30s', () => noAnswer('refused'));
    expect(result.attempts).toBe(31);
  });

  it('is waited for once, not by each check', async () => {
    const { results, nowMs } = await run('- GET /a\n- GET /b\n- GET /c', () => noAnswer('refused'), {
      continueOnFailure: true,
    });
    expect(results.map(({ attempts }) => attempts)).toEqual([11, 0, 0]);
    expect(results.at(-1)?.reason).toBe('the service does not answer');
    expect(nowMs).toBe(10_000);
  });

  it('has its `retry` begin when it is up, and its retries counted from then', async () => {
    const answers = (up: number) => (_: Request, nth: number) =>
      nth <= 5 ? noAnswer('refused') : status(nth <= up ? 404 : 200);
    const retry = await run('request: GET /a\nretry: 3s', answers(8));
    expect(retry.result).toMatchObject({ status: 'passed', attempts: 9 });
    expect(retry.kinds).toEqual([...Array(5).fill('starting'), ...Array(3).fill('retry')]);
    expect((await run('GET /a', answers(8), { retries: 3 })).result).toMatchObject({
      status: 'passed',
      attempts: 9,
    });
    expect((await run('GET /a', answers(9), { retries: 3 })).result).toMatchObject({
      status: 'failed',
      attempts: 9,
    });
  });

  it.each<[name: string, answer: () => Response | Error, failure: RegExp]>([
    ['a wrong name', () => noAnswer('dns'), /no such host/],
    ['a wrong certificate', () => noAnswer('tls'), /NODE_EXTRA_CA_CERTS/],
    ['an answer that cannot be read', () => noAnswer('invalid'), /^no answer: invalid of shop.example$/],
    ['an error of the application', () => status(500), /got 500$/],
    ['a wrong path', () => status(404), /got 404$/],
  ])('is not to be confused with %s', async (_, answer, failure) => {
    const { result, waits } = await run('GET /health', answer);
    expect(result).toMatchObject({ status: 'failed', attempts: 1 });
    expect(result.failures.map(describeFailure)).toEqual([expect.stringMatching(failure)]);
    expect(waits).toEqual([]);
  });

  it('is waited for where its name is not known for the moment', async () => {
    const later = noAnswer('dns', Object.assign(new Error('a'), { code: 'EAI_AGAIN' }));
    const { result } = await run('GET /health', (_, nth) => (nth < 3 ? later : status(200)));
    expect(result).toMatchObject({ status: 'passed', attempts: 3 });
  });

  it.each([
    ['503', () => status(503)],
    ['no answer', () => noAnswer('refused')],
  ])('was up once, and does not start again: %s', async (_, answer) => {
    const { results } = await run('- GET /a\n- GET /b', (__, nth) => (nth === 1 ? status(200) : answer()));
    expect(results.map((each) => [each.status, each.attempts])).toEqual([
      ['passed', 1],
      ['failed', 1],
    ]);
  });

  it('is up where 503 is what was expected', async () => {
    const { result } = await run('request: GET /a\nexpect: {status: 503}', () => status(503));
    expect(result).toMatchObject({ status: 'passed', attempts: 1 });
  });
});

describe('what takes time to come true', () => {
  const check = 'request: GET /count\nexpect: {json: {n: 3}}\nretry: {for: 5s, every: 500ms}';

  it('is tried again until it has', async () => {
    const { result, waits, kinds } = await run(check, (_, nth) => status(200, { n: nth }));
    expect(result).toMatchObject({ status: 'passed', attempts: 3, failures: [] });
    expect(waits).toEqual([
      'json n: expected 3, got 1; next try in 500ms, for up to 5s',
      'json n: expected 3, got 2; next try in 500ms, for up to 4.5s',
    ]);
    expect(kinds).toEqual(['retry', 'retry']);
  });

  it('is given up after its time, with the last answer', async () => {
    const { result, nowMs } = await run(check, (_, nth) => status(200, { n: -nth }));
    expect(result).toMatchObject({ status: 'failed', attempts: 11, answer: { excerpt: '{"n":-11}' } });
    expect(result.failures.map(describeFailure)).toEqual(['json n: expected 3, got -11']);
    expect(nowMs).toBe(5000);
  });

  it('is tried again as often as the step says', async () => {
    const fails = await run('GET /a', () => status(500), { retries: 2 });
    expect(fails.result).toMatchObject({ status: 'failed', attempts: 3 });
    expect(fails.waits).toEqual(Array(2).fill('status: expected 2xx, got 500; next try in 1s'));
    const passes = await run('GET /a', (_, nth) => status(nth < 3 ? 500 : 200), { retries: 2 });
    expect(passes.result).toMatchObject({ status: 'passed', attempts: 3 });
  });
});

describe('an ID token', () => {
  const token = async () => 'the-id-token';
  const isRight = ({ headers }: Request) => headers.authorization === 'Bearer the-id-token';

  it.each([401, 403])('is sent after a refusal with %i, and from then on', async (code) => {
    const { results, sent } = await run(
      '- GET /a\n- GET /b',
      (request) => status(isRight(request) ? 200 : code),
      {
        idToken: { use: 'when-refused', token },
      },
    );
    expect(results.map((each) => [each.status, each.attempts])).toEqual([
      ['passed', 1],
      ['passed', 1],
    ]);
    expect(sent.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer the-id-token',
      'Bearer the-id-token',
    ]);
  });

  it('costs no retry', async () => {
    const { result, sent } = await run('GET /a', (_, nth) => status([403, 500, 200][nth - 1] ?? 0), {
      idToken: { use: 'when-refused', token },
      retries: 1,
    });
    expect(result).toMatchObject({ status: 'passed', attempts: 2 });
    expect(sent).toHaveLength(3);
  });

  it('is not sent where the refusal was expected', async () => {
    const { result, sent } = await run('request: GET /a\nexpect: {status: 403}', () => status(403), {
      idToken: { use: 'when-refused', token },
    });
    expect(result.status).toBe('passed');
    expect(sent).toHaveLength(1);
  });

  it('is sent from the start, fresh each time', async () => {
    const tokens = ['token-1', 'token-2'];
    const idToken: Target['idToken'] = { use: 'always', token: async () => tokens.shift() };
    const { sent } = await run('- GET /a\n- GET /b', () => status(200), { idToken });
    expect(sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each<[name: string, idToken: Target['idToken'], code: number, hint: RegExp]>([
    [
      'none was asked for',
      NEVER,
      403,
      /no ID token was sent; if the service is private, set `id-token: true`/,
    ],
    ['none was asked for', NEVER, 401, /set `id-token: true`/],
    [
      'none can be made',
      { use: 'when-refused', token: async () => undefined },
      403,
      /grant the deploying account roles\/run.invoker/,
    ],
    [
      'it may not enter',
      { use: 'when-refused', token },
      403,
      /an ID token was sent: grant its account roles\/run.invoker/,
    ],
    ['it is for another', { use: 'always', token }, 401, /its audience must be the URL of the service/],
  ])('is told about where %s, and the answer is %i to %s', async (_, idToken, code, hint) => {
    const { result } = await run('GET /a', () => status(code), { idToken });
    expect(result.failures).toEqual([
      { what: 'status', expected: '2xx', got: String(code), hint: expect.stringMatching(hint) },
    ]);
    expect(describeResult(result)).toMatch(new RegExp(`^GET /a answered ${code} \\(.*\\), expected 2xx$`));
  });

  it('is shown nowhere', async () => {
    const masks = new Masks();
    const { result } = await run('GET /a', (request) => status(500, `got ${request.headers.authorization}`), {
      idToken: { use: 'always', token },
      masks,
    });
    expect(result.answer?.excerpt).toBe('got Bearer ***');
  });
});

describe("the page of Google's front end", () => {
  const PAGE =
    '<html><head>\n<title>404 Page not found</title>\n</head>\n<body>\n<h1>Error: Page not found</h1>\n<h2>The requested URL was not found on this server.</h2>\n</body></html>';

  it.each<[body: string, type: string, code: number, is: boolean]>([
    [PAGE, 'text/html;charset=utf-8', 404, true],
    [PAGE.replaceAll('\n', ''), 'TEXT/HTML', 404, true],
    [PAGE, 'application/json', 404, false],
    [PAGE, 'text/html', 500, false],
    ['<html>404 of our own</html>', 'text/html', 404, false],
  ])('is told from an answer of the service: %#', async (body, type, code, is) => {
    const { result } = await run('GET /a', () => status(code, body, { 'content-type': type }));
    expect(/ingress: internal/.test(result.failures[0]?.hint ?? '')).toBe(is);
  });
});

describe('a body of health', () => {
  const ill = { status: 'down', version: '2', dependencies: { database: 'down', cache: 'ok' } };

  it('names what is ill, though the status is 200', async () => {
    const { result } = await run('GET /health', () => status(200, ill), { expected: expectedVersion(['1']) });
    expect(result.failures.map(({ what, got }) => `${what} ${got}`)).toEqual([
      'health status down',
      'dependency database status down',
      'version 2',
    ]);
  });

  it('names what is ill in a 503, too, while it is waited for and in the end', async () => {
    const { result, waits } = await run('GET /health', () => status(503, ill), { patienceMs: 1000 });
    expect(describeResult(result)).toMatch(
      /^GET \/health answered 503, expected 2xx; .*dependency database: /,
    );
    expect(waits).toEqual([
      expect.stringMatching(/dependency database: expected status ok, got status down; next try/),
    ]);
  });
});

describe('captured values', () => {
  const LOGIN = `
- request: POST /login
  capture: {token: token, user: user.id}
- request: GET /users/\${user}
  headers: {authorization: "Bearer \${token}"}
`;

  it('are there for the checks after, and for what comes after them', async () => {
    const { results, sent, captured } = await run(LOGIN, (_, nth) =>
      nth === 1 ? status(200, { token: 'the-token', user: { id: 12345 } }) : status(200),
    );
    expect(results.map((each) => each.status)).toEqual(['passed', 'passed']);
    expect(sent[1]).toMatchObject({
      url: new URL('/users/12345', URL_OF_SHOP),
      headers: { authorization: 'Bearer the-token' },
    });
    expect(Object.fromEntries(captured)).toEqual({ token: 'the-token', user: 12345 });
  });

  it('are masked in every text of a failure, its own answer included', async () => {
    const secret = 'p"ä/s s';
    const text = `
- request: POST /login
  name: sign in
  capture: {token: token, more: {header: x-more}}
  expect: {json: {token: {type: number}}, headers: {x-more: {equals: a}}, body: {contains: never}}
  retry: 1s
`;
    const { result, waits } = await run(text, () =>
      status(200, { token: secret }, { 'x-more': `${secret}${secret}` }),
    );
    expect(result.status).toBe('failed');
    const shown = JSON.stringify([result, waits]);
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    ]) {
      expect(shown).not.toContain(form);
    }
    expect(result.answer?.excerpt).toBe('{"token":"***"}');
    expect(result.failures).toMatchObject([{ what: 'header x-more' }, { what: 'body' }, { got: '"***"' }]);
    expect(waits[0]).toContain('got "***"');
  });

  it('are masked in what a redirect or an error says of them', async () => {
    const text = '- request: GET /a\n  capture: {token: token}\n- GET /b';
    const { results } = await run(text, (_, nth) =>
      nth === 1
        ? status(200, { token: 'secret-1' })
        : new NoAnswer('invalid', `redirects to https://x/${'a'.repeat(473)}secret-1`),
    );
    const got = results[1]?.failures[0]?.got ?? '';
    expect(got).toMatch(/^redirects to/);
    expect(got).not.toContain('sec');
  });

  it('that are missing fail their check, and are not kept from one that failed', async () => {
    const { results, captured } = await run(LOGIN, () => status(200, { token: 'the-token' }), {
      continueOnFailure: true,
    });
    expect(
      results.map((each) => [each.status, each.reason ?? each.failures.map(describeFailure).join()]),
    ).toEqual([
      ['failed', 'capture user: expected a value at user.id, got nothing'],
      ['skipped', `\`\${token}\` was not captured`],
    ]);
    expect(captured.size).toBe(0);
  });

  it('may be halves of characters', async () => {
    const { results } = await run(LOGIN, () =>
      status(200, '{"token": "abc\\ud800", "user": {"id": "\\udfffabc"}}'),
    );
    expect(results.map(({ failures }) => failures)).toEqual([[], []]);
  });

  it('lead to no other host', async () => {
    const text = `- request: GET /a\n  capture: {next: next}\n- GET \${next}`;
    const { results, sent } = await run(text, () => status(200, { next: 'https://evil.example/' }));
    expect(results[1]?.failures).toEqual([
      {
        what: 'request',
        expected: 'the host that is checked',
        got: `\${next} leads to https://evil.example`,
      },
    ]);
    expect(sent).toHaveLength(1);
  });
});

describe('the order', () => {
  it('ends at the first failure', async () => {
    const { results, sent } = await run('- GET /a\n- GET /b\n- GET /c', (_, nth) =>
      status(nth === 2 ? 500 : 200),
    );
    expect(results.map((each) => [each.status, each.reason])).toEqual([
      ['passed', undefined],
      ['failed', undefined],
      ['skipped', 'an earlier check failed'],
    ]);
    expect(sent).toHaveLength(2);
  });

  it('goes on where that is asked for', async () => {
    const { results } = await run('- GET /a\n- GET /b', (_, nth) => status(nth === 1 ? 500 : 200), {
      continueOnFailure: true,
    });
    expect(results.map((each) => each.status)).toEqual(['failed', 'passed']);
  });

  it('leaves out what its `when` says', async () => {
    const text = `- request: GET /a\n  when: \${STAGE} == test\n- request: GET /b\n  when: \${STAGE} == live`;
    const { results, sent } = await run(text, () => status(200), { variables: { STAGE: 'live' } });
    expect(results).toMatchObject([
      {
        status: 'skipped',
        attempts: 0,
        reason: `\`when: \${STAGE} == test\` does not hold`,
        answer: undefined,
      },
      { status: 'passed' },
    ]);
    expect(sent.map(({ url }) => url.pathname)).toEqual(['/b']);
  });

  it('goes by what was captured', async () => {
    const text = `- request: GET /a\n  capture: {beta: beta}\n- request: GET /b\n  when: \${beta}`;
    const { results } = await run(text, () => status(200, { beta: false }));
    expect(results.map((each) => each.status)).toEqual(['passed', 'skipped']);
  });
});

describe('the end of the step', () => {
  it('ends a request at once', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const running = run(
      'GET /a',
      (_, __, { signal }) => {
        controller.abort(reason);
        signal.throwIfAborted();
        return status(200);
      },
      { signal: controller.signal },
    );
    await expect(running).rejects.toBe(reason);
  });

  it('ends a wait at once', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const clock = createManualClock();
    const running = run('GET /a', () => noAnswer('refused'), {
      clock,
      signal: controller.signal,
      onWait: () => controller.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
    expect(clock.nowMs()).toBe(0);
  });
});

test('redirects are kept where a check expects them', async () => {
  const kept: boolean[] = [];
  await run('- request: GET /a\n  expect: {status: 302}\n- GET /b', (_, __, { keepRedirect }) => {
    kept.push(keepRedirect);
    return status(kept.length === 1 ? 302 : 200);
  });
  expect(kept).toEqual([true, false]);
});

describe('what an answer holds', () => {
  it('stays in its line, without control characters and of a length to read', async () => {
    const evil = '\n::error::x\r\n##[group]\x1b[31m\u202e\u2028';
    const body = { status: evil, value: `${evil}${'a'.repeat(5000)}` };
    const { result, waits } = await run(
      'request: GET /health\nexpect: {headers: {x: {equals: a}}}\nretry: 1s',
      () => status(200, body, { x: `a\x1b[1m${'b'.repeat(5000)}` }),
    );
    const texts = [
      result.answer?.excerpt ?? '',
      ...waits,
      ...result.failures.flatMap((each) => Object.values(each)),
    ];
    expect(texts.length).toBeGreaterThan(5);
    for (const each of texts) {
      expect(each).not.toMatch(/[\p{Cc}\p{Zl}\p{Bidi_C}]/u);
      expect(each.length).toBeLessThan(600);
    }
    expect(describeResult(result)).toContain('status \\n::error::x\\r\\n##[group]\\u001b[31m\\u202e\\u2028');
  });

  it.each<[body: Buffer | string, excerpt: string | RegExp]>([
    ['a\n\n  b\t c', 'a b c'],
    [Buffer.from([0x89, 0x50, 0x00, 0x01]), '4 bytes that are not text'],
    [`${'a'.repeat(498)}😀😀`, /^a{498}…$/],
    ['😀'.repeat(250), '😀'.repeat(250)],
  ])('is shown as an excerpt: %#', async (body, excerpt) => {
    const { result } = await run('GET /a', () => status(500, body));
    if (typeof excerpt === 'string') expect(result.answer?.excerpt).toBe(excerpt);
    else expect(result.answer?.excerpt).toMatch(excerpt);
    expect(result.answer?.excerpt.isWellFormed()).toBe(true);
  });

  it('is shown by its charset', async () => {
    const headers = { 'content-type': 'text/plain; charset=utf-16le' };
    const { result } = await run('GET /a', () => status(500, Buffer.from('é', 'utf16le'), headers));
    expect(result.answer?.excerpt).toBe('é');
  });

  it('may fail a thousand times, and is told by the first of them', async () => {
    const { result } = await run('request: GET /a\nexpect: {json: {"$[*]": 1}}', () =>
      status(200, Array(1000).fill(2)),
    );
    expect(result.failures).toHaveLength(11);
    expect(result.failures.at(-1)).toEqual({ what: 'further', got: '990 failures' });
  });

  it('may be nested without end', async () => {
    const { result } = await run('request: GET /a\nexpect: {json: {"$..a": 1}}\ncapture: {x: $}', () =>
      status(200, '['.repeat(50_000) + ']'.repeat(50_000)),
    );
    expect(result.failures).toMatchObject([{ got: expect.stringMatching(/nested/) }, { what: 'capture x' }]);
  });
});

describe('what may be repeated', () => {
  it.each([
    ['GET', 'timeout', 'starting'],
    ['POST', 'refused', 'starting'],
    ['POST', 'timeout', undefined],
    ['PATCH', 'reset', undefined],
  ] as const)('a %s after %s: %s', async (method, kind, wait) => {
    const { kinds } = await run(`${method} /orders`, (_, nth) => (nth < 3 ? noAnswer(kind) : status(200)));
    expect(kinds[0]).toBe(wait);
  });

  it.each([
    [503, 3],
    [429, 3],
    [504, 1],
    [408, 1],
  ])('a POST that was answered %i is sent %i times', async (code, times) => {
    const { sent } = await run('POST /orders', (_, nth) => status(nth < 3 ? code : 200));
    expect(sent).toHaveLength(times);
  });
});

describe("Cloud Run's own refusal", () => {
  const idToken: Target['idToken'] = { use: 'when-refused', token: async () => 'id-token' };

  it('is none after the service itself has answered: what it refuses then is its own word', async () => {
    const { results, sent } = await run(
      '- GET /health\n- POST /transfer',
      ({ method }) =>
        method === 'GET'
          ? status(200)
          : status(403, { error: 'not yours' }, { 'content-type': 'application/json' }),
      { idToken },
    );
    expect(sent).toHaveLength(2);
    expect(sent.some(({ headers }) => headers.authorization)).toBe(false);
    expect(results[1]?.failures).toEqual([{ what: 'status', expected: '2xx', got: '403' }]);
  });
});

describe('what a check could not capture', () => {
  it('is not taken from the environment by the same name', async () => {
    const checks =
      '- {name: Login, request: POST /login, capture: {token: access_token}}\n- {name: Use, request: GET /a, headers: {authorization: "Bearer ${token}"}}';
    const { results, sent } = await run(checks, () => status(200, {}), {
      variables: { token: 'stale' },
      continueOnFailure: true,
    });
    expect(sent).toHaveLength(1);
    expect(results[1]).toMatchObject({ status: 'skipped', reason: '`${token}` was not captured' });
  });

  it.each([
    ['too many values', Array.from({ length: 101 }, (_, i) => `value ${i}`)],
    ['too long a value', 'x'.repeat(70_000)],
  ])('fails it: %s', async (_, a) => {
    const { result } = await run('request: GET /a\ncapture: {a: a}', () => status(200, { a }));
    expect(result.failures).toEqual([
      { what: 'capture a', expected: 'at most 100 values of 64 KiB in all', got: 'more' },
    ]);
  });
});

test('an answer with more values than fit on the stack is judged, or fails its own check', async () => {
  const numbers = Array.from({ length: 130_000 }, (_, i) => i);
  const checks = '- {name: A, request: GET /a, expect: {json: {"$[*]": {type: number}}}}\n- GET /b';
  const { results } = await run(checks, () => status(200, numbers), { continueOnFailure: true });
  expect(results.map(({ name }) => name)).toEqual(['A', 'GET /b']);
  expect(results[1]?.status).toBe('passed');
  const wrong = await run('request: GET /a\nexpect: {json: {"$[*]": {type: string}}}', () =>
    status(200, numbers),
  );
  expect(wrong.result.status).toBe('failed');
});

describe('an answer that is shown', () => {
  it('has no text under a key that says it is secret', async () => {
    const body = '{"access_token":"abc-def","user":"ann","refreshToken" : "x\\"y","count":7}';
    const { result } = await run('GET /login', () => status(500, body));
    expect(result.answer?.excerpt).toBe(
      '{"access_token":"***","user":"ann","refreshToken" : "***","count":7}',
    );
  });

  it('is that of a failed check', async () => {
    const { result } = await run('GET /login', () => status(200, { anything: 1 }));
    expect(result.answer).toEqual({ status: 200, excerpt: '' });
  });

  it('has no half of a secret, wherever the part that is looked at ends', async () => {
    const secret = 's3cr3t-Abcdefghijklmnop-qrst-uvwxyz';
    const body = `err${' '.repeat(100_000 - 3 - 20)}${secret}${'z'.repeat(50_000)}`;
    const masks = new Masks();
    masks.add(secret);
    const { result } = await run('GET /a', () => status(500, body), { masks });
    expect(result.answer?.excerpt).toBe('err');
  });
});
