import type { Json } from '@apex-actions/shared/smoke/schema';
import {
  holds,
  MissingVariable,
  referencesOf,
  render,
  renderJson,
  textOf,
} from '@apex-actions/shared/smoke/template';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const json = fc.jsonValue() as fc.Arbitrary<Json>;
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const variables = new Map<string, Json>([
  ['a', '1'],
  ['b_2', 5],
  ['list', [1, 'x']],
  ['nothing', null],
  ['empty', ''],
  ['again', `\${a}`],
]);

test.each([
  [`\${a}`, '1'],
  [`x\${a}y\${b_2}z`, 'x1y5z'],
  [`\${a}\${a}`, '11'],
  [`\${list}`, '[1,"x"]'],
  [`\${nothing}`, 'null'],
  [`[\${empty}]`, '[]'],
  ['$${a}', `\${a}`],
  [`$$\${a}`, '$${a}'],
  ['$${', '${'],
  [`$\${a \${a}}`, `\${a 1}`],
  ['$a {a} $ {a}', '$a {a} $ {a}'],
  [`\${again}`, `\${a}`],
])('%s is %s', (text, expected) => {
  expect(render(text, variables)).toBe(expected);
});

test('text without references stays as it is', () => {
  const plain = fc.string({ unit: 'binary' }).filter((text) => !text.includes('${'));
  fc.assert(
    fc.property(plain, (text) => {
      expect(render(text, new Map())).toBe(text);
      expect(renderJson(text, new Map())).toBe(text);
      expect(referencesOf(text)).toEqual({ names: [], malformed: [] });
    }),
  );
});

test('every text can be written, with `$${` for `${`', () => {
  // A `$` before a reference would make it an escape.
  const any = fc
    .string({ unit: fc.constantFrom('$', '{', '}', 'a', ' ', '\n') })
    .filter((text) => !text.includes('$$'));
  fc.assert(
    fc.property(any, (text) => {
      const written = text.replaceAll('${', () => '$${');
      expect(render(written, new Map())).toBe(text);
      expect(referencesOf(written)).toEqual({ names: [], malformed: [] });
    }),
  );
});

test('a value stands in a text as it is, whatever `$` means to a replacement', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '&', '{', '}', '1', '`') }), name, (value, key) => {
      expect(render(`<\${${key}}>`, new Map([[key, value]]))).toBe(`<${value}>`);
    }),
  );
});

test('a reference alone becomes the value, with its type', () => {
  fc.assert(
    fc.property(json, name, (value, key) => {
      const known = new Map([[key, value]]);
      const reference = `\${${key}}`;
      expect(renderJson({ x: [reference] }, known)).toEqual({ x: [value] });
      expect(renderJson(`${reference} `, known)).toBe(`${textOf(value)} `);
    }),
  );
});

test('JSON without references stays as it is', () => {
  const without = json.filter((value) => !JSON.stringify(value).includes('${'));
  fc.assert(
    fc.property(without, (value) => {
      expect(renderJson(value, new Map())).toEqual(value);
    }),
  );
});

test('each value is encoded, and the text around it is not', () => {
  expect(render(`/a b/\${x}`, new Map([['x', '/ ?']]), encodeURIComponent)).toBe('/a b/%2F%20%3F');
});

test.each([`\${x}`, `a \${x} b`, `\${x}\${a}`])('a variable without a value is told: %s', (text) => {
  expect(() => render(text, variables)).toThrow(new MissingVariable('x'));
  expect(() => renderJson([{ deep: text }], variables)).toThrow(MissingVariable);
});

test.each([
  [`\${a} \${b} \${a}`, ['a', 'b'], []],
  [`$\${a} \${b}`, ['b'], []],
  [`\${a-b} \${} \${ a } \${1}`, [], ['a-b', '', ' a ', '1']],
  ['${a', [], ['a']],
  ['${', [], ['']],
  [`a \${b\n}`, [], ['b\n']],
  [`\${constructor}`, ['constructor'], []],
])('%j refers to %j', (text, names, malformed) => {
  expect(referencesOf(text)).toEqual({ names, malformed });
});

test.each([
  [`\${a}`, true],
  [`\${empty}`, false],
  [`\${missing}`, false],
  ['false', false],
  ['False', false],
  [' 0 ', false],
  ['no', true],
  [`\${a} == 1`, true],
  [`\${a}==1`, true],
  [`\${a} == 2`, false],
  [`\${a} != 2`, true],
  [`\${missing} == `, true],
  [`\${missing} != `, false],
  [`\${a} == \${b_2}`, false],
  [`\${list} == [1,"x"]`, true],
  ['$${a} == $${a}', true],
])('`when: %s` holds: %s', (when, expected) => {
  expect(holds(when, variables)).toBe(expected);
});

test('a value with an operator in it does not make a comparison', () => {
  expect(holds(`\${x}`, new Map([['x', 'a == b']]))).toBe(true);
  expect(holds(`\${x} == a == b`, new Map([['x', 'a == b']]))).toBe(true);
});

test.each([
  [`\${a} == '1'`, true],
  [`\${a} == "1"`, true],
  [`\${a} != '1'`, false],
  [`\${a} == '1`, false],
])('%s: quotes around a side are not part of it', (when, expected) => {
  expect(holds(when, variables)).toBe(expected);
});
