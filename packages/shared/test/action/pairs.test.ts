import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLines, parsePairs } from '../../src/action/pairs.ts';

// The cases of google-github-actions/deploy-cloudrun's `env_vars` that users rely on.
test.each([
  ['A=1,B=2', { A: '1', B: '2' }],
  ['A=1\nB=2\r\nC=3', { A: '1', B: '2', C: '3' }],
  ['A=1,\n\n,B=2,', { A: '1', B: '2' }],
  [' A = 1 , B = 2 ', { A: '1', B: '2' }],
  ['A=x=y==', { A: 'x=y==' }],
  ['A=', { A: '' }],
  ['A=1\\,2,B=3', { A: '1,2', B: '3' }],
  ['A=one\\\ntwo', { A: 'one\ntwo' }],
  ['A=C:\\\\x', { A: 'C:\\x' }],
  ['A\\=B=1', { 'A=B': '1' }],
  ['A=\\n', { A: 'n' }],
  ['{}', {}],
  ['', {}],
  ['A=1\u2028B=2', { A: '1', B: '2' }],
])('reads %j', (text, pairs) => {
  expect(parsePairs(text)).toEqual({ pairs, problems: [] });
});

test.each([
  ['A=1,2', [{ entry: 2, problem: 'no-value' }]],
  ['=1', [{ entry: 1, problem: 'no-key' }]],
  ['A=1\n\nA=2', [{ entry: 2, problem: 'twice' }]],
  ['A=1\\', [{ entry: 1, problem: 'unfinished-escape' }]],
])('finds what is wrong with %j', (text, problems) => {
  expect(parsePairs(text).problems).toEqual(problems);
});

test('a key of any name is just a key', () => {
  expect(Object.entries(parsePairs('__proto__=1').pairs)).toEqual([['__proto__', '1']]);
});

test('any set of pairs can be written down and comes back', () => {
  const trimmed = fc.string().map((text) => text.trim());
  const key = trimmed.filter((text) => text !== '');
  const escaped = (text: string) => text.replace(/[\\,=\n\r\u2028\u2029]/g, '\\$&');
  fc.assert(
    fc.property(fc.dictionary(key, trimmed), (pairs) => {
      const text = Object.entries(pairs).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
      expect(parsePairs(text.join(',')).pairs).toEqual({ ...pairs });
      expect(parsePairs(text.join('\n')).problems).toEqual([]);
    }),
  );
});

const ENVIRONMENT: Readonly<Record<string, string>> = { KEY: 'one\n"two"\n' };
const lines = (text: string) => parseLines(text, (key) => ENVIRONMENT[key]);

// What docker/build-push-action's users rely on, and what its parser of commas gets wrong.
test.each([
  ['A=1\nB=2\r\n\n C = 3 ', { A: '1', B: '2', C: ' 3' }],
  ['A=a, b,c\\n', { A: 'a, b,c\\n' }],
  ['A={"a":["b","c"]}', { A: '{"a":["b","c"]}' }],
  ['A="quoted"', { A: '"quoted"' }],
  ['"A=one\ntwo=2\n"\nB=1', { A: 'one\ntwo=2\n', B: '1' }],
  ['"A=say ""hi"""', { A: 'say "hi"' }],
  ['A=', { A: '' }],
  ['A==', { A: '=' }],
  ['KEY', { KEY: 'one\n"two"\n' }],
  ['', {}],
])('reads the lines of %j', (text, pairs) => {
  expect(lines(text)).toEqual({ pairs, problems: [] });
});

test.each([
  ['A=1\nNOBODY', [{ entry: 2, problem: 'no-value' }]],
  ['=1', [{ entry: 1, problem: 'no-key' }]],
  ['A=1\n\nA=2', [{ entry: 2, problem: 'twice' }]],
  [
    '"A=1\nB',
    [
      { entry: 1, problem: 'unfinished-quote' },
      { entry: 2, problem: 'no-value' },
    ],
  ],
  ['"A=1" x', [{ entry: 1, problem: 'unfinished-quote' }]],
])('finds what is wrong with the lines of %j', (text, problems) => {
  expect(lines(text).problems).toEqual(problems);
});

test('any value, in quotes, comes back as it was', () => {
  const key = fc.stringMatching(/^[\w.-]+$/);
  fc.assert(
    fc.property(fc.dictionary(key, fc.string({ unit: 'binary' })), (pairs) => {
      const text = Object.entries(pairs).map(
        ([name, value]) => `"${`${name}=${value}`.replaceAll('"', '""')}"`,
      );
      expect(lines(text.join('\n'))).toEqual({ pairs: { ...pairs }, problems: [] });
    }),
  );
});

test('any value of one line comes back as it was', () => {
  const value = fc
    .string({ unit: 'binary' })
    .filter((text) => !/[\r\n]/.test(text) && text === text.trimEnd());
  fc.assert(
    fc.property(fc.stringMatching(/^[\w.-]+$/), value, (name, text) => {
      expect(lines(`${name}=${text}`).pairs).toEqual({ [name]: text });
    }),
  );
});
