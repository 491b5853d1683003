import { describe, expect, it } from 'vitest';
import type { Answer } from './support/answers.ts';
import { onlyError, type Run, rows, run, startApp } from './support/kit.ts';

/** What would be commands of the runner if a line began with them, and ways to begin a line. */
const COMMANDS = [
  '::error::EVIL',
  '::error file=evil.ts,line=1::EVIL',
  '::warning::EVIL',
  '::set-output name=passed::EVIL',
  '::save-state name=evil::EVIL',
  '::add-mask::EVIL',
  '::group::EVIL',
  '::stop-commands::EVIL',
  '##[error]EVIL',
  '##[command]EVIL',
  '##[set-output name=passed;]EVIL',
];
const LINE_STARTS = ['', 'text\n', 'text\r', 'text\r\n', 'text%0A', 'text\u2028', '\u001b[31m\n', ' \u200b'];
/** What would be Markdown, HTML or XML. */
const MARKUP = [
  '</td></tr></table><script>alert(1)</script>',
  '| a | b |\n| --- | --- |',
  '```\n# heading\n````',
  '`code`',
  '@everyone [link](https://evil.example) <!-- -->',
  ']]></failure></testcase><testcase name="evil"/>',
  '"\'><&amp;&#0;&nope;',
  '\u0001\u0008\u000b\u001b[2J\u007f\u009f\ufffe\uffff',
  '🦄',
];
const CORPORA: Readonly<Record<string, string>> = {
  // Each command once to begin with, since long texts are cut.
  commands: [
    ...COMMANDS.map((command, i) => `${LINE_STARTS[i % LINE_STARTS.length]}${command}`).toReversed(),
    ...COMMANDS.flatMap((command) => LINE_STARTS.map((start) => `${start}${command}`)),
  ].join('\n'),
  markup: MARKUP.join('\n'),
};

/** Those that fit into a header, whose bytes Node would refuse to send. */
const headerOf = (text: string) => text.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, ' ');

function raw(head: string[], body = ''): Answer {
  const lines = [
    'HTTP/1.1 200 OK',
    'connection: close',
    `content-length: ${Buffer.byteLength(body)}`,
    ...head,
  ];
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
  return { kind: 'raw', base64: bytes.toString('base64') };
}

const json = (value: unknown): Answer => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** Lone halves of characters too, which UTF-8 does not have and JSON has. */
const loneOf = (text: string) => `\ud800${text}\udfff`;

function answersOf(text: string): [place: string, Answer, check: string][] {
  const [header, lone] = [headerOf(text), loneOf(text)];
  return [
    ['a body', { status: 500, body: text, headers: { 'content-type': 'text/plain' } }, ''],
    ['a body of HTML', { status: 404, body: text, headers: { 'content-type': 'text/html' } }, ''],
    ['a body that is not JSON', { body: text }, 'expect: { json: { a: 1 } }'],
    [
      'a body in UTF-16',
      {
        status: 500,
        base64: Buffer.from(text, 'utf16le').toString('base64'),
        headers: { 'content-type': 'text/plain; charset=utf-16' },
      },
      '',
    ],
    ['a text', { body: text }, 'expect: { body: welcome }'],
    ['a value', json({ a: lone }), 'expect: { json: { a: 1 } }'],
    ['a key', json({ a: { [lone]: lone } }), 'expect: { json: { a: 1 } }'],
    [
      'a key that a schema forbids',
      json({ [lone]: 1 }),
      'expect: { schema: { propertyNames: { maxLength: 1 } } }',
    ],
    [
      'a place in a schema',
      json({ [lone]: 1 }),
      'expect: { schema: { additionalProperties: { type: string } } }',
    ],
    ['a header', raw([`x-a: ${header}`]), 'expect: { headers: { x-a: b } }'],
    ['a status in words', reason(header), ''],
    ['a status of health', json({ status: lone }), ''],
    ['the name and status of a dependency', json({ status: 'ok', dependencies: { [lone]: lone } }), ''],
    ['a version', json({ status: 'ok', version: lone }), ''],
    ['a content coding', raw([`content-encoding: ${header}`], 'body'), ''],
    ['a redirect to nowhere', redirect(`http://[${header}`), ''],
    ['a redirect to another protocol', redirect(`evil:${header}`), ''],
    ['a redirect in a circle', redirect(`?${header}`), ''],
    ['no HTTP', { kind: 'raw', body: text }, ''],
  ];
}

function reason(header: string): Answer {
  const line = `HTTP/1.1 500 ${header}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
  return { kind: 'raw', base64: Buffer.from(line, 'latin1').toString('base64') };
}

function redirect(location: string): Answer {
  const lines = ['HTTP/1.1 302 Found', 'connection: close', 'content-length: 0', `location: ${location}`];
  return { kind: 'raw', base64: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1').toString('base64') };
}

/** Everything that a step hands on is what it would be for an answer that is merely wrong. */
function expectUnaffected(result: Run): void {
  expect(result.annotations).toHaveLength(1);
  expect(onlyError(result)).toMatch(/^Check "it" failed: /);
  expect(result.annotations[0]).not.toHaveProperty('file');
  expect(result.masks.filter((mask) => mask.includes('EVIL'))).toEqual([]);
  expect(result.groups).toEqual([]);
  expect(Object.keys(result.outputs).toSorted()).toEqual(['failed', 'junit', 'passed', 'report']);
  expect(result.outputs).toMatchObject({ passed: '0', failed: '1' });
  expect(result.state).toEqual({ isPost: 'true' });
  expect(result.env).toEqual({});
  expect(result.limitViolations).toEqual([]);
  expect(result.exitCode).toBe(1);
  expect(result.suite).toMatchObject({ tests: '1', failures: '1' });
  expect(result.cases.map(({ name }) => name)).toEqual(['it']);
}

/** What Markdown would take for something else than text in a table, or for the end of it. */
function expectPlain(summary: string): void {
  const table = rows(summary);
  expect(table).toHaveLength(1);
  expect(table[0]).toHaveLength(5);
  for (const cell of table[0] ?? [])
    expect(cell).not.toMatch(/[<>`|[\]\\*\p{Cc}]|(?<![\w.-])@\w|https?:\/\//u);
  const blocks = summary.split('\n\n');
  const outside = blocks.filter((block) => !/^(`{3,})\n.*\n\1$/s.test(block));
  expect(
    outside
      .map((block) => block.slice(0, 20))
      .filter((block) => !/^(## ❌|Of `|\| Check|`it` answered|\n?$)/.test(block)),
  ).toEqual([]);
}

describe.each(Object.entries(CORPORA))('an answer with %s does no harm as', (_name, text) => {
  it.each(answersOf(text))('%s', async (_, answer, check) => {
    const app = await startApp({ answers: { 'GET /health': answer } });
    const checks = `name: it\nrequest: GET /health\n${check}`;
    const result = await run({ url: app.origin, checks, commit: 'a'.repeat(40), timeout: '0s' });
    expectUnaffected(result);
    expectPlain(result.summary);
  });
});

describe('a captured value', () => {
  const REFERENCE = `\${value}`;

  it.each([
    ['in a path', 'request: "GET /of/$VALUE"'],
    ['as a path', 'request: "GET $VALUE"'],
    ['in a header', 'request: GET /of\nheaders: { x-value: "$VALUE" }'],
    ['in a body', 'request: POST /of\njson: { value: "$VALUE" }'],
    ['in what is expected', 'request: GET /of\nexpect: { body: "$VALUE" }'],
  ])('is harmless %s', async (_, check) => {
    const app = await startApp({
      answers: { 'GET /first': json({ value: loneOf(Object.values(CORPORA).join('\n')) }) },
    });
    const lines = check
      .replace('$VALUE', REFERENCE)
      .split('\n')
      .map((line) => `  ${line}\n`);
    const checks = `- name: first\n  request: GET /first\n  capture: { value: value }\n- name: it\n${lines.join('')}`;
    const result = await run({ url: app.origin, checks });
    expect(result.annotations).toHaveLength(1);
    expect(onlyError(result)).toMatch(/^Check "it" failed: /);
    expect(result.outputs).toMatchObject({ passed: '1', failed: '1' });
    expect(rows(result.summary).map((row) => row.length)).toEqual([5, 5]);
    for (const { headers } of await app.seen()) expect(Object.keys(headers)).not.toContain('evil');
  });

  it('leads to no other host', async () => {
    const [app, other] = await Promise.all([startApp(), startApp()]);
    const value = `//${other.host}/`;
    const first = await startApp({ answers: { 'GET /first': json({ value }) } });
    const checks = `- request: GET /first\n  capture: { value: value }\n- name: it\n  request: GET ${REFERENCE}\n`;
    const result = await run({ url: first.origin, checks });
    expect(onlyError(result)).toContain(
      `request: expected the host that is checked, got ${REFERENCE} leads to`,
    );
    expect([...(await app.seen()), ...(await other.seen())]).toEqual([]);
  });
});

it('JSON that is nested beyond the stack is a failed check', async () => {
  const app = await startApp({ answers: { 'GET /deep': { kind: 'deep' } } });
  const checks = 'name: it\nrequest: GET /deep\nexpect: { json: { "[0]": 1 } }\ncapture: { all: $ }';
  const result = await run({ url: app.origin, checks });
  expectUnaffected(result);
});

it('JSON is looked through to a depth that nobody reaches by accident', async () => {
  const depth = 200;
  const body = `${'{"in":'.repeat(depth)}{"id":"deep"}${'}'.repeat(depth)}`;
  const app = await startApp({ answers: { 'GET /deep': { body } } });
  const checks = 'request: GET /deep\nexpect: { json: { "$..id": deep } }';
  const result = await run({ url: app.origin, checks });
  expect(result.exitCode, result.log).toBe(0);
});

it('a check is named as it pleases', async () => {
  const names = ['true', 'a | b', '<b>', ']]>', '::error::x', '"', '0'];
  const checks = names.map((name) => `- name: ${JSON.stringify(name)}\n  request: GET /gone\n`).join('');
  const app = await startApp();
  const result = await run({ url: app.origin, checks, 'continue-on-failure': 'true' });
  expect(result.cases.map(({ name }) => name)).toEqual(names);
  expect(result.annotations).toHaveLength(names.length);
  expect(rows(result.summary).map((row) => row.length)).toEqual(names.map(() => 5));
});
