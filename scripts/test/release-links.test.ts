import { expect, test } from 'vitest';
import type { Publication } from '../release/files.ts';
import { rewriteLinks } from '../release/links.ts';
import { type Places, publishedReadme } from '../release/places.ts';
import type { Version } from '../release/version.ts';

const mark = (markdown: string): string =>
  rewriteLinks(markdown, (target) => `<${target}>`.slice(1, -1).toUpperCase());

test.each([
  ['a link', '[a](b.md)', '[a](B.MD)'],
  ['one with a title', '[a]( b.md "b.md")', '[a]( B.MD "b.md")'],
  ['one in angle brackets', '[a](<b c.md>)', '[a](<B C.MD>)'],
  ['one with parentheses', '[a](b(c).md), [d](e)', '[a](B(C).MD), [d](E)'],
  ['one with an anchor and a query', '[a](b.md?raw=1#c)', '[a](B.MD?RAW=1#C)'],
  ['an image that is a link', '[![a](b.svg)](c.md)', '[![a](B.SVG)](C.MD)'],
  ['a definition', '[a]: b.md "b.md"\n[c]: <d.md>', '[a]: B.MD "b.md"\n[c]: <D.MD>'],
  ['HTML', `<a href="b.md">x</a> <img alt=y src='c.svg'>`, `<a href="B.MD">x</a> <img alt=y src="C.SVG">`],
  ['HTML for two screens', '<source srcset="a.svg, b.svg 2x">', '<source srcset="A.SVG, B.SVG 2x">'],
  ['a link after a stray backtick', 'a ` b\n\n[a](b.md) `', 'a ` b\n\n[a](B.MD) `'],
])('rewrites %s', (_what, markdown, expected) => {
  expect(mark(markdown)).toBe(expected);
});

test.each([
  ['a link with a scheme', '[a](https://example.com/a.md) [b](mailto:a@example.com) [c](//example.com)'],
  ['a link within the text', '[a](#b)'],
  ['an empty link', '[a]()'],
  ['code', '`[a](b.md)` ``[a](b.md) ` [c](d.md)``'],
  ['a block of code', '```md\n[a](b.md)\n```\n'],
  ['a block of code in a list', '- a\n\n  ~~~\n  [a](b.md)\n  ```\n  ~~~\n'],
  ['a block of code that does not end', '```\n[a](b.md)\n'],
  ['a comment', '<!-- [a](b.md)\n<a href="b.md"> -->'],
  ['a footnote', '[^1]: word.md'],
  ['a call', '`f` (b.md) <T>(b.md)'],
])('leaves %s alone', (_what, markdown) => {
  expect(mark(markdown)).toBe(markdown);
});

const file = (source: string, path: string, text = '') => ({ source, path, content: Buffer.from(text) });
const COMMIT = '3b04d242c45461ddae20cb355a26e7eeadedff37';
const PLACES: Omit<Places, 'publications'> = {
  version: { tag: 'v1.2.3', numbers: [1, 2, 3], isPrerelease: false } satisfies Version,
  source: { url: 'https://example.com/o/r', commit: COMMIT },
  sourceFiles: ['LICENSE', 'docs/guide.md', 'docs/a b.svg', 'actions/a/src/index.ts', 'actions/a/README.md'],
};

function published(link: string, source = 'actions/a/README.md'): string {
  const own: Publication = {
    name: 'a',
    files: [
      file(source, 'README.md', `[x](${link})`),
      file('LICENSE', 'LICENSE'),
      file('actions/a/dist/LICENSES.txt', 'dist/LICENSES.txt'),
      file('workflows/deploy.yml', '.github/workflows/deploy.yml'),
    ],
  };
  const other = { name: 'b', files: [file('LICENSE', 'LICENSE'), file('actions/b/README.md', 'README.md')] };
  const [readme] = own.files;
  if (readme === undefined) throw new Error('no README');
  const text = publishedReadme(readme, own, { ...PLACES, publications: [other, own] }).toString('utf8');
  return text.slice('[x]('.length, -1);
}

test.each([
  ['../../docs/guide.md', `https://example.com/o/r/blob/${COMMIT}/docs/guide.md`],
  [
    '../../docs/guide.md?plain=1#part-2',
    `https://example.com/o/r/blob/${COMMIT}/docs/guide.md?plain=1#part-2`,
  ],
  ['/docs/guide.md', `https://example.com/o/r/blob/${COMMIT}/docs/guide.md`],
  ['../../docs/a%20b.svg', `https://example.com/o/r/raw/${COMMIT}/docs/a%20b.svg`],
  ['../../docs/', `https://example.com/o/r/tree/${COMMIT}/docs`],
  ['../..', `https://example.com/o/r/tree/${COMMIT}`],
  ['src/index.ts', `https://example.com/o/r/blob/${COMMIT}/actions/a/src/index.ts`],
  ['../b/README.md#inputs', 'https://github.com/apex/b/blob/v1.2.3/README.md#inputs'],
  ['../../LICENSE', 'LICENSE'],
  ['dist/LICENSES.txt', 'dist/LICENSES.txt'],
  ['README.md#x', 'README.md#x'],
])('a README that links to %s is published with %s', (link, expected) => {
  expect(published(link)).toBe(expected);
});

test('a workflow that the README of the workflows links to is where GitHub looks for it', () => {
  expect(published('deploy.yml', 'workflows/README.md')).toBe('.github/workflows/deploy.yml');
});

test.each([
  ['../../docs/gone.md', 'actions/a/README.md links to ../../docs/gone.md, which is not there'],
  ['../../do', 'which is not there'],
  ['100%.md', 'links to 100%.md, which is not there'],
  ['../../../issues', 'actions/a/README.md links to ../../../issues, which is outside of the repository'],
])('a README that links to %s is not published', (link, message) => {
  expect(() => published(link)).toThrow(message);
});
