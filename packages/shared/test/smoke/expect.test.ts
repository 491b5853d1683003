import { judge } from '@apex-actions/shared/smoke/expect';
import type { Json } from '@apex-actions/shared/smoke/schema';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkOf } from './support/checks.ts';
import { responseOf } from './support/response.ts';

const NONE = new Map<string, Json>();

function judged(
  expectations: unknown,
  body: unknown,
  more = {},
  variables: ReadonlyMap<string, Json> = NONE,
) {
  const text = JSON.stringify({ request: 'GET /a', expect: expectations });
  return judge(checkOf(text, [...variables.keys()]), responseOf(body, more), variables);
}

test.each([
  ['2xx', 200, true],
  ['2xx', 299, true],
  ['2xx', 300, false],
  ['2xx', 199, false],
  [201, 201, true],
  [201, 200, false],
  [[404, '3xx'], 302, true],
  [[404, '3xx'], 404, true],
  [[404, '3xx'], 200, false],
])('status %j, got %i: %s', (status, got, passes) => {
  const failures = judged({ status }, '', { status: got });
  expect(failures).toEqual(
    passes ? [] : [{ what: 'status', expected: [status].flat().join(' or '), got: String(got) }],
  );
});

const BODY = {
  text: 'hello',
  count: 3,
  half: 0.5,
  yes: true,
  no: false,
  nothing: null,
  empty: '',
  list: [1, 'two', { three: 3 }],
  object: { b: 1, a: [2] },
  items: [{ ok: true }, { ok: true }, { ok: false }],
  'my-key': 1,
};

describe('a value of the JSON body', () => {
  it.each<[path: string, matcher: unknown, passes: boolean]>([
    ['text', 'hello', true],
    ['text', 'hell', false],
    ['$.text', 'hello', true],
    ['count', 3, true],
    ['count', '3', false],
    ['count', 3.0, true],
    ['yes', true, true],
    ['yes', 'true', false],
    ['nothing', null, true],
    ['missing', null, false],
    ['nothing', { exists: true }, true],
    ['nothing', { exists: false }, false],
    ['missing', { exists: false }, true],
    ['missing', { exists: true }, false],
    ['object.missing.deeper', { exists: false }, true],
    ['list', [1, 'two', { three: 3 }], true],
    ['list', ['two', 1, { three: 3 }], false],
    ['list', [1, 'two'], false],
    ['object', { equals: { a: [2], b: 1 } }, true],
    ['object', { equals: { a: [2] } }, false],
    ['object', { equals: [1, [2]] }, false],
    ['list[0]', 1, true],
    ['list[-1].three', 3, true],
    ['list[2]', { equals: { three: 3 } }, true],
    ["['my-key']", 1, true],
    ['list', { contains: 'two' }, true],
    ['list', { contains: 1 }, true],
    ['list', { contains: '1' }, false],
    ['text', { contains: 'ell' }, true],
    ['text', { contains: 'x' }, false],
    ['count', { contains: 3 }, false],
    ['text', { matches: '^h.*o$' }, true],
    ['text', { matches: '^ello' }, false],
    ['count', { matches: '^\\d$' }, true],
    ['list', { matches: '"two"' }, true],
    ['text', { type: 'string' }, true],
    ['empty', { type: 'string' }, true],
    ['count', { type: 'number' }, true],
    ['count', { type: 'integer' }, true],
    ['half', { type: 'integer' }, false],
    ['half', { type: 'number' }, true],
    ['yes', { type: 'boolean' }, true],
    ['nothing', { type: 'null' }, true],
    ['nothing', { type: 'object' }, false],
    ['list', { type: 'array' }, true],
    ['list', { type: 'object' }, false],
    ['object', { type: 'object' }, true],
    ['text', { type: 'string', matches: '^h', contains: 'l', equals: 'hello' }, true],
    ['text', { type: 'string', matches: '^x' }, false],
    ['items[*].ok', { type: 'boolean' }, true],
    ['items[*].ok', true, false],
    ['items[?@.ok == true].ok', true, true],
    ['items[*].gone', { type: 'string' }, false],
  ])('%s with %j: %s', (path, matcher, passes) => {
    const failures = judged({ json: { [path]: matcher } }, BODY);
    if (passes) expect(failures).toEqual([]);
    else expect(failures).toMatchObject([{ what: `json ${path}` }]);
  });

  it('equals itself, and nothing else, in any order of its keys', () => {
    const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(value, value, (a, b) => {
        const same = (x: Json, y: Json) => judged({ json: { x: { equals: x } } }, { x: y }).length === 0;
        // -0 is 0 in JSON; and a key of that name is none of a check's.
        fc.pre(!JSON.stringify([a, b]).includes('__proto__'));
        const [left, right] = [a, b].map(
          (each): Json => JSON.parse(JSON.stringify(each).replaceAll('${', '')),
        );
        expect(same(left ?? null, left ?? null)).toBe(true);
        expect(same(left ?? null, right ?? null)).toBe(sorted(left) === sorted(right));
      }),
      { numRuns: 60 },
    );
  });

  it('is compared with variables, with their types', () => {
    const variables = new Map<string, Json>([
      ['id', 5],
      ['list', [1]],
    ]);
    const expectations = { json: { id: `\${id}`, text: `id \${id}`, list: `\${list}` } };
    expect(judged(expectations, { id: 5, text: 'id 5', list: [1] }, {}, variables)).toEqual([]);
    expect(judged(expectations, { id: '5', text: 'id 5', list: ['1'] }, {}, variables)).toMatchObject([
      { what: 'json id', expected: '5', got: '"5"' },
      { what: 'json list', expected: '[1]', got: '["1"]' },
    ]);
  });

  it('says what was expected and what came', () => {
    const expectations = {
      json: { text: { type: 'integer', matches: '^x', equals: 'hello' }, gone: { contains: 'a' } },
    };
    expect(judged(expectations, BODY)).toEqual([
      { what: 'json text', expected: 'a match of /^x/ and a value of type integer', got: '"hello"' },
      { what: 'json gone', expected: 'something that contains "a"', got: 'nothing' },
    ]);
  });

  it.each([
    ['no JSON', '<html>', /Unexpected token '<'$/],
    ['nothing', '', /Unexpected end of JSON input/],
    ['no UTF-8', Buffer.from([0x22, 0xe9, 0x22]), /it is not UTF-8/],
    ['JSON without end', '['.repeat(100_000) + ']'.repeat(100_000), /nested more than 500 deep/],
  ])('must be in JSON, not in %s', (_, body, why) => {
    expect(judged({ json: { a: 1, b: 2 }, schema: {} }, body)).toEqual([
      { what: 'body', expected: 'JSON', got: expect.stringMatching(why) },
    ]);
  });

  it('is found at any depth that is read', () => {
    const deep = `${'{"a":'.repeat(400)}{"b":1}${'}'.repeat(400)}`;
    expect(judged({ json: { '$..b': 1 } }, deep)).toEqual([]);
  });
});

function sorted(value: Json | undefined): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

test.each<[name: string, matcher: unknown, passes: boolean]>([
  ['content-type', 'application/json', true],
  ['Content-Type', { contains: 'json' }, true],
  ['content-type', { matches: '^text' }, false],
  ['x-count', 5, true],
  ['x-count', { equals: 5 }, true],
  ['x-count', '05', false],
  ['set-cookie', { contains: 'b=2' }, true],
  ['set-cookie', 'a=1, b=2', true],
  ['x-gone', { exists: false }, true],
  ['x-gone', { exists: true }, false],
  ['x-gone', '', false],
  ['content-type', { exists: false }, false],
  ['constructor', { exists: false }, true],
  ['constructor', { exists: true }, false],
])('header %s with %j: %s', (name, matcher, passes) => {
  const headers = { 'content-type': 'application/json', 'x-count': '5', 'set-cookie': ['a=1', 'b=2'] };
  const failures = judged({ headers: { [name]: matcher } }, '', { headers });
  expect(failures.map(({ what }) => what)).toEqual(passes ? [] : [`header ${name.toLowerCase()}`]);
});

test.each<[matcher: unknown, body: string | Buffer, passes: boolean, contentType?: string]>([
  ['ok', ' ok\n', true],
  ['ok', 'OK', false],
  [1, '1', true],
  [true, 'true', true],
  [{ contains: 'k' }, 'ok', true],
  [{ matches: '^o.$' }, 'ok', true],
  [{ exists: true }, '', true],
  ['é', Buffer.from('é', 'latin1'), true, 'text/plain; charset=ISO-8859-1'],
  ['é', Buffer.from('é', 'latin1'), true, 'text/plain;charset="latin1"'],
  ['é', Buffer.from('é', 'utf16le'), true, 'text/plain; charset=utf-16le'],
  ['é', Buffer.from('é'), true, 'text/plain; charset=nobody-knows'],
  ['é', Buffer.from('é'), true, 'text/plain'],
  ['é', Buffer.from('\ufeffé'), true],
  ['é', Buffer.from('é', 'latin1'), false],
])('body with %j of %j: %s', (matcher, body, passes, contentType = 'text/plain') => {
  const failures = judged({ body: matcher }, body, { headers: { 'content-type': contentType } });
  expect(failures.map(({ what }) => what)).toEqual(passes ? [] : ['body']);
});

test('a body that does not fit its schema is told for each place', () => {
  const schema = { type: 'object', required: ['id'], properties: { n: { type: 'number' } } };
  expect(judged({ schema }, { n: 'x' })).toEqual([
    { what: 'schema', expected: 'a body that fits', got: "the body must have required property 'id'" },
    { what: 'schema', expected: 'a body that fits', got: '/n must be number' },
  ]);
  expect(judged({ schema }, { id: 1, n: 1 })).toEqual([]);
});

test('JSON with a byte order mark, or in a charset that it is not in, is read', () => {
  const headers = { 'content-type': 'application/json; charset=latin1' };
  expect(judged({ json: { a: 'é' } }, '\ufeff{"a":"é"}', { headers })).toEqual([]);
});

test.each([
  [100, 100, []],
  [100, 101, [{ what: 'duration', expected: 'at most 100ms', got: '101ms' }]],
])('at most %i ms, took %i', (most, durationMs, expected) => {
  expect(judged({ duration: `${most}ms` }, '', { durationMs })).toEqual(expected);
});

test('every failure is told, not the first alone', () => {
  const failures = judged(
    { status: 201, json: { a: 2 }, headers: { x: 1 }, body: 'b', duration: '1ms' },
    { a: 1 },
  );
  expect(failures.map(({ what }) => what)).toEqual(['status', 'header x', 'body', 'json a', 'duration']);
});
