import { Masks } from '@apex-actions/shared/smoke/masks';
import type { Json } from '@apex-actions/shared/smoke/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

function masksOf(...secrets: Json[]): Masks {
  const masks = new Masks();
  for (const secret of secrets) masks.add(secret);
  return masks;
}

const forms: Readonly<Record<string, (secret: string) => string>> = {
  itself: (secret) => secret,
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  'percent-encoding': (secret) => encodeURIComponent(secret),
  'a form': (secret) => new URLSearchParams({ '': secret }).toString().slice(1),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
};

// No `*`: what is put in place of a secret is no secret.
const secret = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'abcd /+%"\\ü€\n'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    minLength: 4,
    maxLength: 20,
  })
  .filter((text) => !text.includes('*') && text.trim().length >= 4);
const around = fc.string({ maxLength: 10 }).filter((text) => !text.includes('*'));

test.each(Object.entries(forms))('no secret is shown as %s', (_, form) => {
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      around,
      around,
      (secrets, before, after) => {
        const masks = masksOf(...secrets);
        const text = masks.mask(secrets.map((each) => `${before}${form(each)}${after}`).join(''));
        for (const each of secrets) for (const f of Object.values(forms)) expect(text).not.toContain(f(each));
      },
    ),
  );
});

test('nothing of secrets that overlap is left', () => {
  const pieces = fc.tuple(
    ...Array.from({ length: 3 }, () =>
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 6 }),
    ),
  );
  fc.assert(
    fc.property(pieces, ([left = '', middle = '', right = '']) => {
      const text = masksOf(left + middle, middle + right).mask(`<${left}${middle}${right}>`);
      expect(text).toBe('<***>');
    }),
  );
});

test.each<[name: string, secrets: Json[], text: string, masked: string]>([
  ['none', [], 'a b c', 'a b c'],
  ['one', ['token'], 'a token, a tokentoken', 'a ***, a ******'],
  ['one in another', ['abcd', 'abcdef'], 'abcdef abcd', '*** ***'],
  ['a longer one that begins later', ['abcd', 'bcdefgh'], 'xabcdefghx', 'x***x'],
  ['short ones', ['abc', '1', ''], 'abc 1', 'abc 1'],
  ['words of JSON', [true, false, null, 'true'], 'true false null', 'true false null'],
  ['a number', [12345, 1.25], '{"id":12345,"x":1.25}', '{"id":***,"x":***}'],
  ['the leaves of a value', [{ key: ['deep', { x: 'deeper' }] }], 'key deep deeper', 'key *** ***'],
  ['lines of one', ['first\r\n  second\n\nthird'], 'second, then first | third', '***, then *** | ***'],
  ['text that is a pattern', ['a.*(b)'], 'a.*(b) axx(b)', '*** axx(b)'],
  ['half a character', ['abc\ud800d'], 'abc\ud800d abc\ufffdd', '*** ***'],
  ['ASCII JSON', ['pässword'], '"p\\u00e4ssword"', '"***"'],
  ['the apostrophe of an address', ["it's me"], '?q=it%27s%20me', '?q=***'],
  [
    'one that is base64 of another',
    ['user:pass', 'dXNlcjpwYXNz'],
    Buffer.from('dXNlcjpwYXNz').toString('base64'),
    '***',
  ],
  ['a token that nobody named', [], 'x eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0x.c2ln y', 'x *** y'],
  [
    'a token inside a secret',
    ['sid=1234; jwt=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0x.c2ln; Path=/'],
    '[sid=1234; jwt=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0x.c2ln; Path=/]',
    '[***]',
  ],
])('%s', (_, secrets, text, masked) => {
  expect(masksOf(...secrets).mask(text)).toBe(masked);
});

test('the runner is told every secret once, and its lines, before it could be shown', () => {
  const told: string[] = [];
  const masks = new Masks((each) => told.push(each));
  for (const value of ['user:pass', 'dXNlcjpwYXNz', 'user:pass', 'line one\nline two', 'abc', 5])
    masks.add(value);
  expect(told).toEqual(['user:pass', 'dXNlcjpwYXNz', 'line one\nline two', 'line one', 'line two']);
});
