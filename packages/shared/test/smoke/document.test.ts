import { checksJsonSchema } from '@apex-actions/shared/smoke/schema';
import { describe, expect, it, test } from 'vitest';
import { checkOf, checksOf, parse, problemsOf } from './support/checks.ts';

const REQUEST = /a method and a path, such as `GET \/health`/;

test('a method and a path are a whole check', () => {
  expect(checksOf('GET /api/v1/health')).toEqual([
    {
      name: 'GET /api/v1/health',
      line: 1,
      method: 'GET',
      path: '/api/v1/health',
      headers: {},
      body: undefined,
      expect: {
        statuses: ['2xx'],
        json: [],
        headers: [],
        body: undefined,
        schema: undefined,
        durationMs: undefined,
      },
      capture: {},
      retry: undefined,
      when: undefined,
      weight: undefined,
    },
  ]);
});

test.each([
  ['a list', '- GET /a\n- request: POST /b\n', [1, 2]],
  ['a mapping with `checks`', '$schema: x\nchecks:\n  - GET /a\n\n  - POST /b\n', [3, 5]],
  ['JSON', '{\n  "checks": [\n    "GET /a",\n    {"request": "POST /b"}\n  ]\n}', [3, 4]],
  ['a JSON list', '["GET /a", {"request": "POST /b"}]', [1, 1]],
  ['text of Windows', '- GET /a\r\n- POST /b\r\n', [1, 2]],
  ['text with a byte order mark', '\ufeff- GET /a\n- POST /b', [1, 2]],
])('%s of checks is read, each with its line', (_, text, lines) => {
  const checks = checksOf(text);
  expect(checks.map(({ name }) => name)).toEqual(['GET /a', 'POST /b']);
  expect(checks.map(({ line }) => line)).toEqual(lines);
});

test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is a method', (method) => {
  expect(checkOf(`${method} /a`)).toMatchObject({ method, path: '/a' });
});

test('a request is read with all of its keys', () => {
  const text = `
name: sign in
request: POST /login?next=%2F
headers: {X-Number: 1, X-Flag: true, x-text: a}
json: {user: a, roles: [1, null, {deep: true}]}
retry: {for: 1m30s, every: 500ms}
when: \${STAGE} == test
weight: 3
`;
  expect(checkOf(text)).toMatchObject({
    name: 'sign in',
    method: 'POST',
    path: '/login?next=%2F',
    headers: { 'X-Number': '1', 'X-Flag': 'true', 'x-text': 'a' },
    body: { kind: 'json', json: { user: 'a', roles: [1, null, { deep: true }] } },
    retry: { forMs: 90_000, everyMs: 500 },
    when: `\${STAGE} == test`,
    weight: 3,
  });
});

test.each([
  ['json: null', { kind: 'json', json: null }],
  ['json: [1]', { kind: 'json', json: [1] }],
  ['form: {a: 1, b: yes please}', { kind: 'form', fields: { a: '1', b: 'yes please' } }],
  ['body: 12', { kind: 'text', text: '12' }],
  ['body: |\n  two\n  lines\n', { kind: 'text', text: 'two\nlines\n' }],
])('the body `%s` is read', (body, expected) => {
  expect(checkOf(`request: POST /a\n${body}`).body).toEqual(expected);
});

test.each([
  ['200', ['200']],
  ['4xx', ['4xx']],
  ['[200, 3xx, "404"]', ['200', '3xx', '404']],
])('the status %s is read', (status, statuses) => {
  expect(checkOf(`request: GET /a\nexpect: {status: ${status}}`).expect.statuses).toEqual(statuses);
});

test('expectations are read with all of their keys', () => {
  const { expect: expected } = checkOf(`
request: GET /a
expect:
  status: 201
  json:
    user.email: a@b.c
    "[0].id": 5
    $.list[*].ok: true
    empty: null
    tags: [a, b]
    same: {equals: {a: 1}}
    all: {equals: 1, contains: 1, matches: ^1$, type: integer, exists: true}
  headers: {Content-Type: {contains: json}, X-Id: 5, x-gone: {exists: false}}
  body: {matches: ok}
  schema: {type: object}
  duration: 1.5s
`);
  expect(expected.json.map(({ path, matcher }) => [path.text, matcher])).toEqual([
    ['user.email', { equals: 'a@b.c' }],
    ['[0].id', { equals: 5 }],
    ['$.list[*].ok', { equals: true }],
    ['empty', { equals: null }],
    ['tags', { equals: ['a', 'b'] }],
    ['same', { equals: { a: 1 } }],
    ['all', { equals: 1, contains: 1, matches: /^1$/u, type: 'integer', exists: true }],
  ]);
  expect(expected.headers).toEqual([
    { name: 'content-type', matcher: { contains: 'json' } },
    { name: 'x-id', matcher: { equals: 5 } },
    { name: 'x-gone', matcher: { exists: false } },
  ]);
  expect(expected).toMatchObject({ statuses: ['201'], body: { matches: /ok/u }, durationMs: 1500 });
  expect(expected.schema?.([])).toEqual(['the body must be object']);
});

test('captures are read from JSON, a header and the body', () => {
  const { capture } = checkOf(
    'request: GET /a\ncapture: {token: data.token, etag: {header: ETag}, id: {matches: "id=(.)"}}',
  );
  expect(capture).toMatchObject({
    token: { from: 'json', path: { text: 'data.token' } },
    etag: { from: 'header', name: 'etag' },
    id: { from: 'body', pattern: /id=(.)/u },
  });
});

test('a short `retry` tries every second', () => {
  expect(checkOf('request: GET /a\nretry: 10s').retry).toEqual({ forMs: 10_000, everyMs: 1000 });
});

describe('what is wrong is told with its line and column', () => {
  test.each<[name: string, text: string, ...problems: [place: string, text: RegExp][]]>([
    ['nothing', '', ['1:1', /a text or a mapping or a list/]],
    ['a comment alone', '# GET /a\n', ['1:1', /a text or a mapping or a list/]],
    ['a number', '5', ['1:1', /a text or a mapping or a list/]],
    ['an empty list', '[]', ['1:1', /at least one check/]],
    ['an empty list of checks', 'checks: []', ['1:9', /at least one check/]],
    ['checks that are no list', 'checks: GET /a', ['1:9', /must be a list/]],
    ['a method in small letters', 'get /a', ['1:1', REQUEST]],
    ['an unknown method', 'TRACE /a', ['1:1', REQUEST]],
    ['a path without its slash', 'GET a', ['1:1', REQUEST]],
    ['a space in a path', '- GET /a\n- GET /a b', ['2:3', /a space in a path is written %20/]],
    ['a list without dashes', 'GET /a\nPOST /b', ['1:1', /a list, each after a dash/]],
    ['a request with an escaped reference first', 'GET $${a}', ['1:1', REQUEST]],
    ['an entry of another type', '- GET /a\n- 5', ['2:3', /a text or a mapping/]],
    ['a list in the list', '- GET /a\n- - GET /b', ['2:3', /a text or a mapping/]],
    ['no request', 'name: a', ['1:1', /the key `request` is missing/]],
    ['no request in a list', '- GET /a\n- name: a', ['2:3', /the key `request` is missing/]],
    [
      'a colon after the request',
      'GET /a:\n  status: 200',
      ['1:1', /`request` is missing/],
      ['1:1', /`GET \/a` is not a key/],
    ],
    ['a misspelt key', 'request: GET /a\nexpct: 1', ['2:1', /`expct` is not a key.*did you mean `expect`/]],
    [
      'a misspelt key inside',
      'request: GET /a\nexpect:\n  stauts: 200',
      ['3:3', /`stauts`.*did you mean `status`/],
    ],
    [
      'a misspelt condition',
      'request: GET /a\nexpect:\n  json:\n    a: {equal: 1}',
      ['4:9', /`equal`.*did you mean `equals`/],
    ],
    ['a key that is far from all', 'request: GET /a\nzzzzzzzzzz: 1', ['2:1', /belongs here$/]],
    ['a key twice', 'request: GET /a\nrequest: GET /b', ['2:1', /not YAML: Map keys must be unique/]],
    ['a name that is empty', 'request: GET /a\nname: ""', ['2:7', /must be a text of 1 to 100 characters/]],
    ['a name that is too long', `request: GET /a\nname: ${'n'.repeat(101)}`, ['2:7', /1 to 100 characters/]],
    ['a name that is a number', 'request: GET /a\nname: 5', ['2:7', /must be a text/]],
    ['headers that are a list', 'request: GET /a\nheaders: [a]', ['2:10', /must be a mapping/]],
    ['a header without a value', 'request: GET /a\nheaders:\n  a:', ['3:5', /must be a text/]],
    ['a header with a list', 'request: GET /a\nheaders:\n  a: [b]', ['3:6', /must be a text/]],
    ['a space in the name of a header', 'request: GET /a\nheaders:\n  a b: c', ['3:3', /name of a header/]],
    [
      'a line end in the name of a header',
      'request: GET /a\nheaders: {"a\\nb": c}',
      ['2:11', /name of a header/],
    ],
    ['a form with a list', 'request: POST /a\nform: {a: [b]}', ['2:11', /must be a text/]],
    ['a form without fields', 'request: POST /a\nform:', ['2:6', /must be a mapping/]],
    ['two bodies', 'request: POST /a\njson: 1\nbody: 1', ['1:1', /only one of `json`, `form` and `body`/]],
    ['two bodies in a list', '- request: POST /a\n  form: {}\n  json: 1', ['1:3', /only one of/]],
    [
      'JSON that JSON cannot write',
      'request: POST /a\njson:\n  a: .nan',
      ['3:6', /must be a text or a number/],
    ],
    ['no expectation', 'request: GET /a\nexpect: {}', ['2:9', /at least one of `status`, `json`/]],
    ['an expectation without a value', 'request: GET /a\nexpect:', ['2:8', /must be a mapping/]],
    ['a status as the expectation', 'request: GET /a\nexpect: 200', ['2:9', /must be a mapping/]],
    [
      'a status that is too small',
      'request: GET /a\nexpect: {status: 99}',
      ['2:18', /must be a status such as/],
    ],
    ['a status that is too large', 'request: GET /a\nexpect: {status: 600}', ['2:18', /must be a status/]],
    ['half a status', 'request: GET /a\nexpect: {status: 200.5}', ['2:18', /must be a status/]],
    ['a class that does not exist', 'request: GET /a\nexpect: {status: 6xx}', ['2:18', /must be a status/]],
    ['no status in a list', 'request: GET /a\nexpect: {status: []}', ['2:18', /must be a status/]],
    ['one wrong status', 'request: GET /a\nexpect: {status: [200, x]}', ['2:24', /must be a status/]],
    [
      'a path that is none',
      'request: GET /a\nexpect:\n  json:\n    my key: 1',
      ['4:5', /`my key` is not a path \(RFC 9535\).*is written `\['my-key'\]`/],
    ],
    [
      'conditions that are none',
      'request: GET /a\nexpect:\n  json:\n    a: {}',
      ['4:8', /at least one of `equals`/],
    ],
    [
      'a type that is none',
      'request: GET /a\nexpect:\n  json:\n    a: {type: text}',
      ['4:15', /must be one of `string`, `number`, `integer`/],
    ],
    [
      'a type in a header',
      'request: GET /a\nexpect: {headers: {a: {type: string}}}',
      ['2:24', /`type` is not a key/],
    ],
    [
      'a pattern that is none',
      'request: GET /a\nexpect:\n  body: {matches: "("}',
      ['3:19', /a regular expression of JavaScript/],
    ],
    [
      '`exists` that is a text',
      'request: GET /a\nexpect: {body: {exists: 5}}',
      ['2:25', /`true` or `false`/],
    ],
    [
      'a header of the answer that is none',
      'request: GET /a\nexpect: {headers: {"": a}}',
      ['2:20', /name of a header/],
    ],
    ['a duration without a unit', 'request: GET /a\nexpect: {duration: 5}', ['2:20', /a duration such as/]],
    ['a duration of nothing', 'request: GET /a\nexpect: {duration: 0s}', ['2:20', /a duration such as/]],
    ['an empty duration', 'request: GET /a\nretry: ""', ['2:8', /a duration such as/]],
    ['a duration that is none', 'request: GET /a\nretry: soon', ['2:8', /a duration such as/]],
    ['a duration of months', 'request: GET /a\nretry: 1000h', ['2:8', /at most 24h/]],
    ['a retry without its length', 'request: GET /a\nretry:\n  every: 1s', ['3:3', /`for` is missing/]],
    [
      'a misspelt key of retry',
      'request: GET /a\nretry: {for: 1s, evry: 1s}',
      ['2:18', /did you mean `every`/],
    ],
    ['a capture that is a number', 'request: GET /a\ncapture: {a: 5}', ['2:14', /a text or a mapping/]],
    [
      'a capture from a path that is none',
      'request: GET /a\ncapture: {a: b c}',
      ['2:14', /`b c` is not a path/],
    ],
    [
      'a capture by a pattern that is none',
      'request: GET /a\ncapture: {a: {matches: "["}}',
      ['2:24', /a regular expression/],
    ],
    [
      'the name of a variable that is none',
      'request: GET /a\ncapture:\n  my-token: a',
      ['3:3', /this key must be a name of letters, digits and `_`/],
    ],
    ['a weight of nothing', 'request: GET /a\nweight: 0', ['2:9', /a whole number from 1 to 1000/]],
    ['half a weight', 'request: GET /a\nweight: 1.5', ['2:9', /whole number/]],
    ['a weight beyond numbers', 'request: GET /a\nweight: 1e400', ['2:9', /number/]],
    [
      '`when` without a variable',
      'request: GET /a\nwhen: STAGE == prod',
      ['2:7', /a condition with a variable in it/],
    ],
    [
      '`when` of two conditions',
      'request: GET /a\nwhen: ${A} == x && ${B} == y',
      ['2:7', /without `&&` and `\|\|`/],
    ],
    ['`when` that is no text', 'request: GET /a\nwhen: true', ['2:7', /must be a text/]],
    ['text that does not end', 'request: "GET /a', ['1:17', /not YAML: Missing closing "quote/]],
    ['a mapping in a line of one', 'a: b: c', ['1:4', /not YAML: Nested mappings/]],
    ['two documents', '--- GET /a\n--- GET /b', ['2:1', /not YAML: Source contains multiple documents/]],
    ['a tab as indentation', 'request: GET /a\nexpect:\n\tstatus: 200', ['3:1', /not YAML: Tabs/]],
    [
      'a variable in braces without quotes',
      `request: GET /a\nheaders: {a: \${b}}`,
      ['2:15', /not YAML: .*a text with a variable in it needs quotes/],
    ],
    ['an alias of nothing', 'request: *a', ['1:10', /there is no `&a` before this/]],
    ['an alias before its anchor', 'request: POST /a\njson: *b\nheaders: &b {}', ['2:7', /there is no `&b`/]],
    ['an alias in its own list', 'request: POST /a\njson: &a [1, *a]', ['2:14', /inside what it stands for/]],
    [
      'an alias deep in its own mapping',
      'request: POST /a\njson: &a\n  b:\n    - {c: *a}',
      ['4:11', /inside what it stands for/],
    ],
    [
      'the key `__proto__`',
      'request: POST /a\njson: {__proto__: {a: 1}}',
      ['2:8', /`__proto__` cannot be a key/],
    ],
    ['a list as a key', 'request: POST /a\njson: {? [a] : 1}', ['2:10', /a key must be a text/]],
    ['a list as a key, by its alias', '- headers: &a [b]\n- *a : 1', ['2:3', /a key must be a text/]],
    ['keys in keys in keys', '? '.repeat(700), ['1:3', /a key must be a text/]],
    ['the key `constructor`', 'request: GET /a\nconstructor: 1', ['2:1', /`constructor` is not a key/]],
    ['a byte order mark and a problem', '\ufeffGET', ['1:1', REQUEST]],
    [
      'two problems',
      '- request: GET /a\n  retry: soon\n- PUT x\n',
      ['2:10', /a duration such as/],
      ['3:3', REQUEST],
    ],
  ])('%s', (_, text, ...problems) => {
    expect(problemsOf(text)).toEqual(
      problems.map(([place, why]) => expect.stringMatching(new RegExp(`^${place} .*?${why.source}`))),
    );
  });

  it('tells where an alias stands, not its anchor', () => {
    const text = '- request: POST /a\n  headers: &h {a: b}\n- request: POST /b\n  retry: *h';
    expect(problemsOf(text)).toEqual([
      // The key that is wrong is the one at the anchor.
      expect.stringMatching(/^2:16 `a` is not a key/),
      expect.stringMatching(/^4:10 the key `for` is missing/),
    ]);
  });

  it('is short for what is long, and stays in one line', () => {
    const long = problemsOf(`request: GET /a\nexpect: {json: {"${'[\\n'.repeat(9000)}": 1}}`);
    expect(long).toHaveLength(1);
    expect(long[0]?.length).toBeLessThan(600);
    expect(long[0]).not.toContain('\n');
    expect(problemsOf(`request: GET /a\n? ${'k'.repeat(9000)}\n: 1`)[0]?.length).toBeLessThan(200);
  });

  it('does not list thousands of keys', () => {
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i}: 1`);
    expect(problemsOf(`request: GET /a\n${keys.join('\n')}`)).toHaveLength(20);
  });

  it('is told for a text beyond 1 MiB without reading it', () => {
    expect(problemsOf(`GET /${'a'.repeat(1024 * 1024)}`)).toEqual([
      '1:1 this cannot be read: it is longer than 1 MiB',
    ]);
  });
});

describe('names', () => {
  it('are told apart', () => {
    expect(problemsOf('- GET /a\n- name: b\n  request: GET /a\n- GET /a')).toEqual([
      expect.stringMatching(/^4:3 an earlier check is named "GET \/a" as well/),
    ]);
    expect(problemsOf('checks:\n- name: b\n  request: GET /a\n- request: GET /b\n  name: b')).toEqual([
      expect.stringMatching(/^4:3 an earlier check is named "b"/),
    ]);
  });
});

describe('variables', () => {
  const places = {
    path: [`request: GET /\${x}`, '1:10'],
    query: [`request: GET /a?q=\${x}&r=1`, '1:10'],
    header: [`request: GET /a\nheaders: {Type: "a \${x}"}`, '2:17'],
    'a header with a name of the format': [`request: GET /a\nheaders:\n  type: \${x}`, '3:9'],
    json: [`request: POST /a\njson: {a: [{b: "\${x}"}]}`, '2:16'],
    'a key of json named as one of the format': [`request: POST /a\njson:\n  name: \${x}`, '3:9'],
    'a deep key of json named as one of the format': [
      `request: POST /a\njson: {a: {matches: "\${x}"}}`,
      '2:21',
    ],
    form: [`request: POST /a\nform:\n  schema: \${x}`, '3:11'],
    body: [`request: POST /a\nbody: |\n  a \${x}\n`, '2:7'],
    'a value of json': [`request: GET /a\nexpect: {json: {type: "\${x}"}}`, '2:23'],
    'a value of json, by equals': [
      `request: GET /a\nexpect: {json: {name: {equals: {when: "\${x}"}}}}`,
      '2:39',
    ],
    'a value of json, by contains': [`request: GET /a\nexpect: {json: {a: {contains: "\${x}"}}}`, '2:31'],
    'a list in json': [`request: GET /a\nexpect: {json: {a: ["\${x}"]}}`, '2:21'],
    'a header of the answer': [`request: GET /a\nexpect: {headers: {capture: "\${x}"}}`, '2:29'],
    'the body of the answer': [`request: GET /a\nexpect: {body: {equals: "\${x}"}}`, '2:25'],
  } as const;

  it.each(Object.entries(places))('are known in %s, and must have a value', (_, [text, place]) => {
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(new RegExp(`^${place} \`\\$\\{x\\}\` is neither a variable nor captured`)),
    ]);
    const parsed = parse(text, { variables: ['x'] });
    expect(parsed.ok && [...parsed.used]).toEqual(['x']);
  });

  it.each([
    [`request: GET /a\nname: \${x} and \${`, 'name'],
    [`request: GET /a\nwhen: \${x}`, 'when'],
    [`request: GET /a\nexpect: {body: {matches: "[\${x}]"}}`, 'matches'],
    [`request: GET /a\nexpect: {schema: {const: "\${x}"}}`, 'schema'],
    [`request: GET /a\ncapture: {a: {matches: "[\${1}]"}}`, 'capture'],
    ['request: GET /a\nbody: $${x} $${y', 'an escape'],
  ])('are none in %j: %s', (text) => {
    expect(parse(text)).toMatchObject({ ok: true, used: new Set() });
  });

  it.each([
    [`request: GET /a\nheaders: {a: "\${b c}"}`, '2:14', '${b c'],
    [`request: GET /a\nheaders: {a: "\${}"}`, '2:14', '${'],
    ['request: GET /a\nbody: 1 ${token', '2:7', '${token'],
    [`request: GET /a\nwhen: \${a-b}`, '2:7', '${a-b'],
    ['request: GET /a\nwhen: "${a"', '2:7', '${a'],
  ])('have names: %j', (text, place, shown) => {
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(`${place} \`${shown}\` is not the beginning of a reference to a variable`),
    ]);
  });

  it('are captured by earlier checks only', () => {
    const login = '- request: POST /login\n  capture: {token: token}\n';
    const use = `- request: GET /me\n  headers: {authorization: "Bearer \${token}"}\n`;
    expect(problemsOf(login + use)).toEqual([]);
    expect(problemsOf(use + login)).toEqual([expect.stringMatching(/^2:28 `\$\{token\}` is neither/)]);
    expect(problemsOf(`request: GET /\${a}\ncapture: {a: a}`)).toEqual([expect.stringMatching(/^1:10/)]);
  });

  it('are told once for each text', () => {
    expect(problemsOf(`request: POST /a\nbody: \${x}\${x}\${y}\${x}`)).toEqual([
      expect.stringContaining(`\${x}`),
      expect.stringContaining(`\${y}`),
    ]);
  });
});

describe('JSON Schema', () => {
  const withFile = (content: string) => ({ files: { 'schema.json': content } });
  const text = 'request: GET /a\nexpect:\n  schema: schema.json';

  it.each(['{"type": "object", "required": ["id"]}', 'type: object\nrequired: [id]'])(
    'is read from a file: %s',
    (content) => {
      const [check] = checksOf(text, withFile(content));
      expect(check?.expect.schema?.({})).toEqual(["the body must have required property 'id'"]);
      expect(check?.expect.schema?.({ id: 1 })).toEqual([]);
    },
  );

  it.each([
    ['no file', { files: {} }, /ENOENT/],
    ['half a file', withFile('{"type": "object", "required": ["id"'), /the file is neither JSON nor YAML/],
    ['a file with a list', withFile('[]'), /the file holds no mapping/],
    ['an empty file', withFile(''), /the file holds no mapping/],
    ['an unknown keyword', withFile('{"typ": "object"}'), /unknown keyword: "typ"/],
    ['an unknown format', withFile('{"format": "colour"}'), /unknown format "colour"/],
    ['a reference to nothing', withFile('{"$ref": "#/$defs/a"}'), /can't resolve reference/],
    [
      'a reference to the network',
      withFile('{"$ref": "https://schema.example/a"}'),
      /can't resolve reference/,
    ],
    ['a schema that promises', withFile('{"$async": true, "type": "object"}'), /`\$async` is no keyword/],
    [
      'a draft that nobody reads',
      withFile('{"$schema": "http://json-schema.org/draft-04/schema#"}'),
      /no schema with key/,
    ],
  ])('is refused: %s', (_, around, why) => {
    expect(problemsOf(text, around)).toEqual([
      expect.stringMatching(new RegExp(`^3:11 this JSON Schema cannot be used: .*${why.source}`)),
    ]);
  });

  it('is of draft 07 where it says so', () => {
    const schema = (draft: string) =>
      checkOf(`request: GET /a\nexpect: {schema: {$schema: "${draft}", items: [{type: string}]}}`).expect
        .schema;
    expect(schema('http://json-schema.org/draft-07/schema#')?.([1])).toEqual(['/0 must be string']);
    expect(() => schema('https://json-schema.org/draft/2020-12/schema')).toThrow(
      /items must be object,boolean/,
    );
  });

  it('tells everything that does not fit', () => {
    const { expect: expected } = checkOf(
      'request: GET /a\nexpect: {schema: {properties: {a: {type: integer}, b: {format: uuid}}, additionalProperties: false}}',
    );
    expect(expected.schema?.({ a: 'x', b: 'y', c: 1 })).toEqual([
      'the body must NOT have additional properties',
      '/a must be integer',
      '/b must match format "uuid"',
    ]);
  });
});

test('editors get a JSON Schema of the format', () => {
  expect(checksJsonSchema()).toMatchObject({
    title: expect.any(String),
    $schema: expect.stringContaining('2020-12'),
    anyOf: expect.any(Array),
  });
});
