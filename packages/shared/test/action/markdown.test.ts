import fc from 'fast-check';
import { expect, test } from 'vitest';
import { code, escapeCell, table } from '../../src/action/markdown.ts';

test.each([
  ['api-00042-abc', 'api-00042-abc'],
  ['12 % of 1,234 (slow)', '12 % of 1,234 (slow)'],
  ['repo/api@sha256:0123', 'repo/api@sha256:0123'],
  ['a|b', 'a&#124;b'],
  ['<img src=x>', '&#60;img src=x&#62;'],
  ['a\n\nb\tc\u0007', 'a b c'],
  ['`x` *y* __z__ ~~w~~', '&#96;x&#96; &#42;y&#42; &#95;&#95;z&#95;&#95; &#126;&#126;w&#126;&#126;'],
  ['[click](https://evil.example)', '&#91;click&#93;(https&#58;//evil.example)'],
  ['see www.evil.example', 'see www&#46;evil.example'],
  ['thanks @octocat', 'thanks @&#8203;octocat'],
])('%j is plain text as %j', (text, expected) => {
  expect(escapeCell(text)).toBe(expected);
});

test('a table keeps its shape whatever is in it', () => {
  const cell = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('|', '\\', '\n', '`', 'x', ' ') }));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
      const lines = table(['A', 'B'], rows).split('\n');
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) expect(line.match(/\|/g)).toHaveLength(3);
    }),
  );
});

test('a short row is filled up', () => {
  expect(table(['A', 'B'], [['1']])).toBe('| A | B |\n| --- | --- |\n| 1 |  |');
});

test.each([
  ['x', '`x`'],
  ['<b> | @y', '`<b> | @y`'],
  ['a\nb', '`a b`'],
  ['a `b` c', '`` a `b` c ``'],
  ['``', '``` `` ```'],
  ['', ''],
])('%j is code as %j', (text, expected) => {
  expect(code(text)).toBe(expected);
});
