import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePairs } from '../../src/action/pairs.ts';

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
