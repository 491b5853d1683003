import { LeadsElsewhere, requestOf } from '@apex-actions/shared/smoke/request';
import type { Json } from '@apex-actions/shared/smoke/schema';
import { MissingVariable } from '@apex-actions/shared/smoke/template';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkOf } from './support/checks.ts';

type Values = Readonly<Record<string, Json>>;

function made(check: unknown, values: Values = {}, base = 'https://shop.example', idToken?: string) {
  const variables = new Map(Object.entries(values));
  return requestOf(checkOf(JSON.stringify(check), [...variables.keys()]), new URL(base), variables, idToken);
}

const href = (path: string, values: Values = {}, base?: string) =>
  made({ request: `GET ${path}` }, values, base).url.href;

test.each<[path: string, base: string, expected: string]>([
  ['/a', 'https://shop.example', 'https://shop.example/a'],
  ['/a', 'https://shop.example/', 'https://shop.example/a'],
  ['/a', 'https://shop.example/base', 'https://shop.example/base/a'],
  ['/a', 'https://shop.example/base/', 'https://shop.example/base/a'],
  ['/', 'https://shop.example/base', 'https://shop.example/base/'],
  ['/a?b=c#d', 'https://shop.example:8443', 'https://shop.example:8443/a?b=c'],
  ['/ä/%2F', 'https://shop.example', 'https://shop.example/%C3%A4/%2F'],
])('%s of %s is %s', (path, base, expected) => {
  expect(href(path, {}, base)).toBe(expected);
});

test.each<[path: string, values: Values, expected: string]>([
  [`/items/\${id}`, { id: 'a b/c?d#e%' }, 'https://shop.example/items/a%20b%2Fc%3Fd%23e%25'],
  [`/q?x=\${id}&y=1`, { id: 'a&b=c' }, 'https://shop.example/q?x=a%26b%3Dc&y=1'],
  [`/items/\${id}`, { id: 5 }, 'https://shop.example/items/5'],
  [`/items/\${id}`, { id: '\ud800' }, 'https://shop.example/items/%EF%BF%BD'],
  [`/\${id}/x`, { id: '/evil.example' }, 'https://shop.example/%2Fevil.example/x'],
  [`\${next}`, { next: '/items?page=2&x=a/b' }, 'https://shop.example/items?page=2&x=a/b'],
  [`\${next}`, { next: 'https://shop.example/items/5' }, 'https://shop.example/items/5'],
  [`\${next}/part/\${id}`, { next: '/items/5', id: '1/2' }, 'https://shop.example/items/5/part/1%2F2'],
])('%s with %j is %s', (path, values, expected) => {
  expect(href(path, values)).toBe(expected);
});

test('a variable in a path never leaves its segment', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (id) => {
      const url = new URL(href(`/items/\${id}x?q=\${id}`, { id }));
      expect(url.pathname).toMatch(/^\/items\/[^/]+$/);
      expect([...url.searchParams.keys()]).toEqual(['q']);
      expect(url.searchParams.get('q')).toBe(id.toWellFormed());
    }),
  );
});

test.each<[path: string, values: Values]>([
  [`\${next}`, { next: 'https://evil.example/' }],
  [`\${next}`, { next: '//evil.example/' }],
  [`\${next}`, { next: '/\\evil.example/' }],
  [`\${next}`, { next: '\t//evil.example/' }],
  [`\${next}`, { next: 'http://shop.example/' }],
  [`\${next}`, { next: 'https://shop.example:8443/' }],
  [`\${next}`, { next: 'https://shop.example@evil.example/' }],
  [`\${next}`, { next: 'file:///etc/passwd' }],
  [`\${next}`, { next: 'http://' }],
  [`\${next}.evil.example`, { next: 'https://shop.example' }],
  ['//evil.example/', {}],
  ['/\\evil.example/', {}],
])('%s with %j leads elsewhere, and is not sent', (path, values) => {
  expect(() => href(path, values)).toThrow(LeadsElsewhere);
});

test('no captured text leads to another host', () => {
  const part = fc.constantFrom(
    '/',
    '\\',
    ':',
    '@',
    'evil.example',
    'shop.example',
    'https:',
    '?',
    '#',
    '..',
    '\t',
    'a',
  );
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      (next) => {
        try {
          expect(new URL(href(`\${next}`, { next })).origin).toBe('https://shop.example');
        } catch (error) {
          expect(error).toBeInstanceOf(LeadsElsewhere);
        }
      },
    ),
  );
});

test('a request without more says who asks', () => {
  const { method, headers, body } = made({ request: 'DELETE /a' });
  expect({ method, body }).toEqual({ method: 'DELETE', body: undefined });
  expect(headers).toEqual({
    'user-agent': 'apex-actions-smoke-test',
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br, zstd',
  });
});

test.each<[check: object, contentType: string, body: string]>([
  [{ json: { a: `\${n}`, b: `x \${n}` } }, 'application/json', '{"a":5,"b":"x 5"}'],
  [{ json: null }, 'application/json', 'null'],
  [{ json: 'é' }, 'application/json', '"é"'],
  [{ form: { a: 'b c&d', e: `\${n}` } }, 'application/x-www-form-urlencoded', 'a=b+c%26d&e=5'],
  [{ form: {} }, 'application/x-www-form-urlencoded', ''],
  [{ body: `x \${n} $\${n}` }, 'text/plain; charset=utf-8', `x 5 \${n}`],
  [{ body: '<a/>', headers: { 'Content-Type': 'text/xml' } }, 'text/xml', '<a/>'],
])('%j is sent as %s', (check, contentType, body) => {
  const request = made({ request: 'POST /a', ...check }, { n: 5 });
  expect(request.body).toBe(body);
  expect(request.headers['content-type']).toBe(contentType);
});

test('the headers of a check come before ours, whatever their case', () => {
  const { headers } = made({
    request: 'GET /a',
    headers: { 'User-Agent': 'me', ACCEPT: 'text/html', 'X-N': 5 },
  });
  expect(headers).toMatchObject({ 'user-agent': 'me', accept: 'text/html', 'x-n': '5' });
  expect(Object.keys(headers).every((name) => name === name.toLowerCase())).toBe(true);
});

test('a value with line ends makes one header', () => {
  const { headers } = made(
    { request: 'GET /a', headers: { x: ` Bearer \${t} ` } },
    { t: 'a\r\nx-admin: true\n\n' },
  );
  expect(headers.x).toBe('Bearer a x-admin: true');
});

test.each<[own: object, name: string]>([
  [{}, 'authorization'],
  [{ 'X-Api-Key': 'a' }, 'authorization'],
  [{ Authorization: 'Basic a' }, 'x-serverless-authorization'],
])('an ID token beside %j goes into %s', (own, name) => {
  const { headers } = made({ request: 'GET /a', headers: own }, {}, undefined, 'the-token');
  expect(Object.entries(headers).filter(([, value]) => value === 'Bearer the-token')).toEqual([
    [name, 'Bearer the-token'],
  ]);
});

test.each([
  { request: `GET /\${gone}` },
  { request: `GET \${gone}` },
  { request: 'GET /a', headers: { a: `\${gone}` } },
  { request: 'POST /a', json: [`\${gone}`] },
  { request: 'POST /a', form: { a: `\${gone}` } },
  { request: 'POST /a', body: `\${gone}` },
])('%j is not sent without its variable', (check) => {
  const parsed = checkOf(JSON.stringify(check), ['gone']);
  expect(() => requestOf(parsed, new URL('https://shop.example'), new Map(), undefined)).toThrow(
    MissingVariable,
  );
});
