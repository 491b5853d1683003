import { captureFrom } from '@apex-actions/shared/smoke/expect';
import { expect, test } from 'vitest';
import { checkOf } from './support/checks.ts';
import { responseOf } from './support/response.ts';

const HEADERS = { location: '/items/5', 'set-cookie': ['a=1', 'b=2'] };
const BODY = { token: 'secret', list: [1, 2], nothing: null, empty: '', no: false, zero: 0 };

function captured(capture: unknown, body: unknown = BODY) {
  const check = checkOf(JSON.stringify({ request: 'GET /a', capture }));
  const { values, failures } = captureFrom(check, responseOf(body, { headers: HEADERS }));
  return { values: Object.fromEntries(values), failures };
}

test.each<[from: unknown, expected: unknown, body?: string]>([
  ['token', 'secret'],
  ['$.token', 'secret'],
  ['list', [1, 2]],
  ['list[*]', 1],
  ['empty', ''],
  ['no', false],
  ['zero', 0],
  ['$', BODY],
  [{ header: 'Location' }, '/items/5'],
  [{ header: 'set-cookie' }, 'a=1, b=2'],
  [{ matches: '"token":"(\\w+)"' }, 'secret'],
  [{ matches: 'sec.' }, 'secr'],
  [{ matches: 'csrf=(\\w*)' }, '', 'csrf='],
])('%j is %j', (from, expected, body = JSON.stringify(BODY)) => {
  expect(captured({ x: from }, body)).toEqual({ values: { x: expected }, failures: [] });
});

test.each<[from: unknown, expected: string, got: RegExp, body?: string]>([
  ['gone', 'a value at gone', /^nothing$/],
  ['nothing', 'a value at nothing', /^nothing$/],
  [{ header: 'x-gone' }, 'a value at the header x-gone', /^nothing$/],
  [{ header: 'constructor' }, 'a value at the header constructor', /^nothing$/],
  [{ matches: 'x(\\d)' }, 'a value at /x(\\d)/ in the body', /^nothing$/],
  ['token', 'JSON', /^a body that is not JSON: Unexpected token 'a'$/, 'a secret that is no JSON'],
])('%j is missing', (from, expected, got, body = JSON.stringify(BODY)) => {
  const { values, failures } = captured({ x: from, y: { matches: '.' } }, body);
  expect(values).toEqual({ y: body[0] });
  expect(failures).toEqual([{ what: 'capture x', expected, got: expect.stringMatching(got) }]);
});
