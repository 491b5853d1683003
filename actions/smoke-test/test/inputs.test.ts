import { describe, expect, it } from 'vitest';
import { onlyError, run, start, startApp } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';

/** A step with these inputs beside good ones, of which an empty text is none. */
async function refusal(inputs: Record<string, string>, files: Record<string, string> = {}) {
  const app = await startApp();
  const result = await start({ url: app.origin, checks: CHECKS, ...inputs }, { files }).main;
  expect(result.exitCode, result.log).toBe(1);
  expect(result.outputs).toEqual({});
  expect(result.summary).toBe('');
  expect(await app.seen()).toEqual([]);
  const error = onlyError(result);
  expect(error).toContain('Nothing was changed. Correct the `with:` block of this step.');
  return { error, result };
}

describe('an input that is wrong is one error that names it and what is accepted, and nothing is sent:', () => {
  it.each<[string, Record<string, string>, string | RegExp]>([
    ['no URL', { url: '' }, '`url` is required and was not given'],
    [
      'a URL that is none',
      { url: 'shop' },
      '`url` is `shop`; accepted: an http or https URL without user, query and fragment',
    ],
    [
      'a URL of another kind',
      { url: 'ftp://shop.example' },
      '`url` is `ftp://shop.example`; accepted: an http or https URL',
    ],
    [
      'a URL with a query',
      { url: 'https://shop.example/?a=1' },
      '`url` is `https://shop.example/?a=1`; accepted:',
    ],
    [
      'a URL with a fragment',
      { url: 'https://shop.example/#a' },
      '`url` is `https://shop.example/#a`; accepted:',
    ],
    [
      'two URLs',
      { url: 'https://a.example\nhttps://b.example' },
      /`url` is `https:\/\/a.example https:\/\/b.example`; accepted: one line of text/,
    ],
    [
      'neither checks nor a file',
      { checks: '' },
      '`checks` is required, or `checks-file`; `GET /health` alone is a check',
    ],
    [
      'a file that is not there',
      { checks: '', 'checks-file': 'gone.yml' },
      '`checks-file` is `gone.yml`; accepted: the path of a file with checks (ENOENT: no such file or directory',
    ],
    ['a misspelt input', { retrys: '1' }, '`retrys` is not an input of this action; did you mean `retries`?'],
    [
      'a bare number as time-out',
      { timeout: '60' },
      /`timeout` is `60`; accepted: a duration such as `90s`.*at most 1h/,
    ],
    ['a time-out in words', { timeout: 'a minute' }, '`timeout` is `a minute`; accepted: a duration'],
    ['a time-out that is too long', { timeout: '2h' }, '`timeout` is `2h`; accepted: a duration'],
    [
      'no time for a request',
      { 'request-timeout': '0s' },
      /`request-timeout` is `0s`; accepted: a duration .*from 1ms to 1h/,
    ],
    ['negative retries', { retries: '-1' }, '`retries` is `-1`; accepted: a whole number, from 0 to 100'],
    ['half a retry', { retries: '1.5' }, '`retries` is `1.5`; accepted: a whole number'],
    [
      'a boolean that is none',
      { 'continue-on-failure': 'yes' },
      '`continue-on-failure` is `yes`; accepted: `true` or `false`',
    ],
    [
      'an audience that is none',
      { 'id-token': 'shop' },
      '`id-token` is `shop`; accepted: `true`, `false`, or an audience such as',
    ],
    [
      'an image that is none',
      { image: 'UPPER CASE' },
      '`image` is `UPPER CASE`; accepted: an image reference such as',
    ],
    [
      'a commit that is too short',
      { commit: '8f1c2a' },
      '`commit` is `8f1c2a`; accepted: a commit, 7 to 40 hexadecimal digits',
    ],
    ['a branch as commit', { commit: 'main' }, '`commit` is `main`; accepted: a commit'],
    [
      'a variable without a name',
      { variables: '=1' },
      /`variables`: entry 1 has no key .*accepted: one `KEY=VALUE` a line/,
    ],
    ['a variable that the environment lacks', { variables: 'GONE' }, /`variables`: entry 1 has no `=`/],
    [
      'a load without a duration',
      { load: 'users: 1' },
      '`load` (line 1, column 1): the key `duration` is missing here',
    ],
    [
      'users and a rate',
      { load: 'users: 1\nrate: 1/s\nduration: 1s' },
      '`load` (line 1, column 1): this must be one of `users` and `rate`',
    ],
    [
      'neither users nor a rate',
      { load: 'duration: 1s' },
      '`load` (line 1, column 1): this must be one of `users` and `rate`',
    ],
    [
      'a rate without a unit',
      { load: 'rate: 50\nduration: 1s' },
      '`load` (line 1, column 7): this must be requests a second or minute, such as `50/s`',
    ],
    [
      'a rate of nothing',
      { load: 'rate: 0/s\nduration: 1s' },
      /`load` \(line 1, column 7\): this must be requests a second or minute/,
    ],
    [
      'a load of seconds without a unit',
      { load: 'users: 1\nduration: 30' },
      '`load` (line 2, column 11): this must be a duration such as `500ms` or `30s`, at most 30m',
    ],
    [
      'too many users',
      { load: 'users: 1001\nduration: 1s' },
      '`load` (line 1, column 8): this must be a whole number from 1 to 1000',
    ],
    [
      'a load that is too long',
      { load: 'users: 1\nduration: 31m' },
      '`load` (line 2, column 11): this must be a duration such as `500ms` or `30s`, at most 30m',
    ],
    [
      'a misspelt limit',
      { load: 'users: 1\nduration: 1s\nmax-p96: 1s' },
      '`load` (line 3, column 1): `max-p96` is not a key that belongs here; did you mean `max-p95`?',
    ],
    [
      'an error share above one',
      { load: 'users: 1\nduration: 1s\nmax-error-rate: 150%' },
      '`load` (line 3, column 17): this must be a share such as `1%` or `0.01`',
    ],
    [
      'an error share of one',
      { load: 'users: 1\nduration: 1s\nmax-error-rate: 1' },
      '`load` (line 3, column 17): this must be a share such as `1%`',
    ],
    ['a load that is a number', { load: '50' }, '`load` (line 1, column 1): this must be a mapping'],
  ])('%s', async (_, inputs, error) => {
    const refused = await refusal(inputs);
    if (typeof error === 'string') expect(refused.error).toContain(error);
    else expect(refused.error).toMatch(error);
  });

  it('checks and a file', async () => {
    const { error } = await refusal({ 'checks-file': 'checks.yml' }, { 'checks.yml': CHECKS });
    expect(error).toContain('`checks-file` was given beside `checks`; accepted: one of the two');
  });

  it('a folder as file', async () => {
    const { error } = await refusal({ checks: '', 'checks-file': 'checks' }, { 'checks/a.yml': CHECKS });
    expect(error).toMatch(/`checks-file` is `checks`; accepted: the path of a file with checks \(EISDIR: /);
  });

  it('several at once, in one list', async () => {
    const { error } = await refusal({ url: 'shop', timeout: '60', retries: 'x' });
    expect(error).toContain('3 problems with the inputs:\n- `url` is `shop`;');
    expect(error).toContain('\n- `timeout` is `60`;');
    expect(error).toContain('\n- `retries` is `x`;');
  });

  it.each([
    ['a user', 'https://smoke:hunter2-secret@shop.example'],
    ['a password alone', 'https://:hunter2-secret@shop.example'],
  ])('a URL with %s, which is not repeated', async (_, url) => {
    const { error, result } = await refusal({ url });
    expect(error).toMatch(/`url` .*accepted: an http or https URL without user/);
    expect(result.log).not.toContain('hunter2');
  });
});

/** Of a variable. */
const REFERENCE = `\${name}`;

describe('checks that are wrong are told with line and column:', () => {
  it.each<[string, string, string]>([
    ['no YAML', '- GET /a\n- {request: "GET /b"', '(line 2, column 21): this is not YAML:'],
    [
      'a variable in braces',
      '- request: GET /a\n  headers: { Authorization: Bearer $NAME }',
      'a text with a variable in it needs quotes',
    ],
    ['a tab', '- request: GET /a\n\tname: b', '(line 2, column 2): this is not YAML:'],
    [
      'no method',
      '- GET /a\n- /health',
      '(line 2, column 3): this must be a method and a path, such as `GET /health`',
    ],
    ['another method', '- TRACE /a', '(line 1, column 3): this must be a method and a path'],
    ['no list entries', '[]', '(line 1, column 1): this must be at least one check'],
    [
      'a misspelt key',
      '- request: GET /a\n  expct: { status: 200 }',
      '(line 2, column 3): `expct` is not a key that belongs here; did you mean `expect`?',
    ],
    [
      'no request',
      '- name: a\n  expect: { status: 200 }',
      '(line 1, column 3): the key `request` is missing here',
    ],
    [
      'a status that is none',
      '- request: GET /a\n  expect: { status: 20 }',
      '(line 2, column 21): this must be a status such as `200`',
    ],
    [
      'a duration that is none',
      '- request: GET /a\n  retry: 30',
      '(line 2, column 10): this must be a duration such as `500ms`',
    ],
    [
      'two bodies',
      '- request: POST /a\n  json: 1\n  body: b',
      '(line 1, column 3): this must be only one of `json`, `form` and `body`',
    ],
    [
      'a path that is none',
      '- request: GET /a\n  expect: { json: { "a b": 1 } }',
      '(line 2, column 21): `a b` is not a path (RFC 9535)',
    ],
    [
      'a pattern that is none',
      '- request: GET /a\n  expect: { body: { matches: "(" } }',
      '(line 2, column 30): this must be a regular expression of JavaScript',
    ],
    [
      'a schema that is none',
      '- request: GET /a\n  expect: { schema: { type: objekt } }',
      '(line 2, column 21): this JSON Schema cannot be used:',
    ],
    [
      'a schema that is not there',
      '- request: GET /a\n  expect: { schema: gone.json }',
      '(line 2, column 21): this JSON Schema cannot be used: ENOENT',
    ],
    [
      'a variable that nobody gave',
      '- GET /a/$NAME',
      '(line 1, column 3): `$NAME` is neither a variable nor captured by an earlier check',
    ],
    [
      'a variable that comes later',
      '- GET /a/$NAME\n- request: GET /b\n  capture: { name: id }',
      '(line 1, column 3): `$NAME` is neither a variable nor captured by an earlier check',
    ],
    [
      'a name given twice',
      '- GET /a\n- GET /a',
      '(line 2, column 3): an earlier check is named "GET /a" as well',
    ],
    [
      'a weight of nothing',
      '- request: GET /a\n  weight: 0',
      '(line 2, column 11): this must be a whole number from 1 to 1000',
    ],
  ])('%s', async (_, written, message) => {
    const withName = (text: string) => text.replaceAll('$NAME', REFERENCE);
    const [checks, error] = [withName(written), withName(message)];
    expect((await refusal({ checks })).error).toContain(error);
    const file = await refusal({ checks: '', 'checks-file': 'ops/checks.yml' }, { 'ops/checks.yml': checks });
    expect(file.error).toContain(error.replace(/\(line (\d+), column (\d+)\)/, '(ops/checks.yml:$1:$2)'));
  });

  it('all of them, up to ten', async () => {
    const checks = Array.from({ length: 12 }, (_, i) => `- GTE /${i}\n`).join('');
    const { error, result } = await refusal({ checks });
    expect(error).toContain('11 problems with the inputs:');
    expect(error).toContain('(line 10, column 3)');
    expect(error).toContain('`checks` has 2 more problems');
    expect(result.limitViolations).toEqual([]);
  });
});

it('leaves defaults where inputs are empty, as a workflow passes those that it does not have', async () => {
  const app = await startApp();
  const names = [
    'checks-file',
    'variables',
    'id-token',
    'image',
    'commit',
    'timeout',
    'request-timeout',
    'retries',
    'continue-on-failure',
    'load',
  ];
  const empty = Object.fromEntries(names.map((name) => [name, ' \n']));
  const result = await run({ url: app.origin, checks: CHECKS, ...empty });
  expect(result.exitCode, result.log).toBe(0);
});
