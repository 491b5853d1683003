import { LeadsElsewhere, requestOf } from '@apex-actions/shared/smoke/request';
import type { Json } from '@apex-actions/shared/smoke/schema';
import { MissingVariable } from '@apex-actions/shared/smoke/template';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parse } from './support/checks.ts';

const FILES = { 'schema.json': '{"type": "object"}' };
const VARIABLES = ['TOKEN', 'HOME'];
const BASE = new URL('https://shop.example/base/');

/** Documents that use every key of the format. */
const VALID = [
  'GET /api/v1/health',
  `- GET /a\n- POST /b/\${TOKEN}\n`,
  `$schema: https://example.com/checks.json
checks:
  - name: sign in
    request: POST /login?a=b
    headers: {x-a: 1, authorization: "Bearer \${TOKEN}"}
    json: {user: "\${HOME}", list: [1, 2.5, null, true, {a: b}]}
    expect:
      status: [200, 2xx]
      json:
        token: {type: string, matches: "^[a-z]+$"}
        "items[0].id": 5
      headers:
        content-type: {contains: json}
      schema: schema.json
      duration: 1s
    capture:
      token: token
      etag: {header: etag}
      id: {matches: "id=([0-9]+)"}
    retry: {for: 30s, every: 500ms}
    when: \${TOKEN} != ''
    weight: 3
  - request: GET \${etag}
    form: &form {a: b}
    expect: {body: {equals: "x"}, schema: {type: array}}
  - request: GET /x/\${id}
    form: *form
    retry: 5s
  - request: PUT /text
    body: |
      a $\${b} \${TOKEN}
      c
`,
  '{"checks": [{"request": "DELETE /a", "expect": {"status": 204}}]}',
];

const KEYS = [
  ...[
    'checks',
    '$schema',
    'name',
    'request',
    'headers',
    'json',
    'form',
    'body',
    'expect',
    'capture',
    'retry',
  ],
  ...['when', 'weight', 'status', 'schema', 'duration', 'equals', 'contains', 'matches', 'exists', 'type'],
  ...['header', 'for', 'every', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '<<', '0'],
];

/** What YAML, paths, patterns, templates and numbers give a meaning to. */
const PIECES = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '  ',
    '\0',
    '\ufeff',
    '\u0085',
    '\u2028',
    '\ud800',
    '\udfff',
    '\x1b[31m',
  ],
  ...['- ', ': ', '? ', '# ', '| ', '> ', '---\n', '...\n', '%YAML 1.1\n', '%TAG ! tag:x:\n'],
  ...[
    '&a ',
    '*a',
    '&form ',
    '*form',
    '<<: ',
    '!!binary ',
    '!!js/function ',
    '!!int ',
    '!<x> ',
    '! ',
    '!!set ',
  ],
  ...['{', '}', '[', ']', '"', "'", ',', '\\', '\\u', '\\x0', '@', '`', '~', '${', '}', '$${', `\${x}`, '$'],
  ...['1e400', '-0', '.nan', '.inf', '0x', '0o8', '9'.repeat(400), 'null', 'true', '2001-01-01', '1_000'],
  ...['GET /', 'GET //evil.example/', `GET \${TOKEN}`, '(', '(?<', '[a-', '*+', '$..', '[?@', '[?(@.a==1)]'],
  ...['99999999h', '1ms', '0s', '600', '::error::x', '##[group]x', '__proto__: ', 'constructor: '],
  ...KEYS.map((key) => `\n${key}: `),
];

const piece = fc.oneof(
  fc.constantFrom(...PIECES),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc
    .tuple(
      fc.constantFrom('[', '{a: ', '{"a":', '- ', '${', '(', '[[', '? '),
      fc.integer({ min: 1, max: 3000 }),
    )
    .map(([opener, times]) => opener.repeat(times)),
);

type Edit = { at: number; length: number; kind: 'delete' | 'double' | 'insert'; piece: string };

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
  kind: fc.constantFrom('delete', 'double', 'insert'),
  piece,
});

function edited(text: string, { at, length, kind, piece: inserted }: Edit): string {
  const start = Math.floor(at * text.length);
  const span = text.slice(start, start + length);
  const middle = { delete: '', double: span + span, insert: inserted + span }[kind];
  return text.slice(0, start) + middle + text.slice(start + length);
}

const mutated = fc
  .tuple(fc.constantFrom(...VALID), fc.array(edit, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([text, edits, windows]) => {
    const result = edits.reduce(edited, text);
    return windows ? result.replaceAll('\n', '\r\n') : result;
  });

const leaf = fc.oneof(
  fc.constantFrom<unknown>(...PIECES, null, true, 0, -1, 200, 1e21, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>('GET /a', '2xx', '1s', 'a.b', '$..a', `\${TOKEN}`, 'schema.json', 'string'),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
);
/** Values whose keys are those of the format, so that they come deep into it. */
const { value: likely } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 6 })), tie('value'), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  ),
}));
const asCheck = fc
  .record(
    {
      request: fc.constantFrom('GET /a', `POST /\${TOKEN}`, `GET \${TOKEN}`, 'PUT //x', 'GET /\\x'),
      headers: likely,
      json: likely,
      form: likely,
      body: leaf,
      expect: fc.oneof(
        likely,
        fc.record({ json: likely, headers: likely, body: likely, schema: likely }, { requiredKeys: [] }),
      ),
      capture: likely,
      when: leaf,
    },
    { requiredKeys: ['request'] },
  )
  .map((check): unknown => [check]);
const generated = fc.oneof(
  fc.oneof(likely, asCheck).map((value) => stringify(value, { aliasDuplicateObjects: false })),
  fc.oneof(likely, asCheck).map((value) => JSON.stringify(value) ?? ''),
  fc.tuple(asCheck, edit).map(([value, each]) => edited(stringify(value), each)),
);

const values = new Map<string, Json>([
  ['TOKEN', 'a b/../c?d#e\r\nf\ud800'],
  ['HOME', { deep: ['\u0000', 1] }],
]);

/** Renders every check that was read, with values for all that it captures. */
function rendersOrTellsWhy(text: string): void {
  const parsed = parse(text, { files: FILES, variables: VARIABLES });
  if (!parsed.ok) return;
  const known = new Map(values);
  for (const check of parsed.checks) {
    try {
      const { url, headers } = requestOf(check, BASE, known, 'id-token');
      expect(url.origin).toBe(BASE.origin);
      for (const value of Object.values(headers)) expect(value).not.toMatch(/[\r\n]/);
    } catch (error) {
      if (!(error instanceof MissingVariable || error instanceof LeadsElsewhere)) throw error;
    }
    for (const name of Object.keys(check.capture)) known.set(name, '/a/b');
  }
}

/** Line and column of every problem lie in the text. */
function tellsWhere(text: string): void {
  const parsed = parse(text, { files: FILES, variables: VARIABLES });
  if (parsed.ok) {
    expect(parsed.checks.length).toBeGreaterThan(0);
    return;
  }
  expect(parsed.problems.length).toBeGreaterThan(0);
  const lines = text.replace(/^\ufeff/, '').split('\n');
  for (const { line, column, text: why } of parsed.problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    // What is missing at the end of a line stands right after it.
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    expect(why).not.toMatch(/^\s*$|\p{Cc}/u);
    expect(why.length).toBeLessThanOrEqual(500);
  }
}

const RUNS = { numRuns: 250 };

test.each(VALID.map((text) => [text]))('a document that is changed below is valid: %#', (text) => {
  expect(parse(text, { files: FILES, variables: VARIABLES })).toMatchObject({ ok: true });
});

test.each([
  ['random text', fc.string({ unit: 'binary', maxLength: 200 })],
  ['random pieces of YAML', fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))],
  ['random values', generated],
  ['valid documents with errors', mutated],
])('%s: nothing throws, and every problem has a place', (_, texts) => {
  fc.assert(fc.property(texts, tellsWhere), RUNS);
});

test.each([
  ['random values', generated],
  ['valid documents with errors', mutated],
])('%s: what is read can be sent, to the host that is checked and nowhere else', (_, texts) => {
  fc.assert(fc.property(texts, rendersOrTellsWhy), RUNS);
});

test('nesting of any depth and kind has its place', () => {
  const openers = ['[', '{a: ', '- ', '? ', '{"a": [', '!!seq ', '&a [', '"${'];
  for (const opener of openers) {
    for (const depth of [10, 300, 1000, 20_000]) {
      for (const key of ['json', 'expect', 'headers', 'capture']) {
        const nested = opener.repeat(depth);
        tellsWhere(`request: POST /a\n${key}: ${nested}`);
        tellsWhere(
          `request: POST /a\n${key}: ${nested}1${opener.startsWith('{"') ? ']}'.repeat(depth) : ']'.repeat(depth)}`,
        );
      }
    }
  }
});
