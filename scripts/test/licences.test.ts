import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { licencesText, packageDirectories } from '../bundle/licences.ts';

function packageWith(manifest: Record<string, string>, files: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'licences-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const directory = join(root, 'node_modules', manifest.name ?? 'unnamed');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

test('finds the package of a module, scoped or nested, and leaves our own files out', () => {
  expect(
    packageDirectories([
      '/r/node_modules/.pnpm/a@1/node_modules/a/lib/index.js',
      '/r/node_modules/.pnpm/a@1/node_modules/a/other.js',
      '/r/node_modules/.pnpm/@s+b@2/node_modules/@s/b/index.js',
      '/r/node_modules/c/node_modules/d/index.js',
      '/r/packages/shared/build/main.js',
    ]),
  ).toEqual([
    '/r/node_modules/.pnpm/a@1/node_modules/a',
    '/r/node_modules/.pnpm/@s+b@2/node_modules/@s/b',
    '/r/node_modules/c/node_modules/d',
  ]);
});

test('lists each package once, sorted, with all its texts', () => {
  const b = packageWith(
    { name: 'b', version: '2.0.0', license: 'Apache-2.0' },
    { 'NOTICE.txt': 'notice of b\r\n', LICENSE: 'licence of b', 'index.js': '' },
  );
  const a = packageWith({ name: 'a', version: '1.0.0' }, { 'LICENCE.md': 'licence of a' });
  const sameB = packageWith(
    { name: 'b', version: '2.0.0', license: 'Apache-2.0' },
    { LICENSE: 'licence of b' },
  );
  const text = licencesText([b, a, sameB]);
  expect(text.indexOf('a@1.0.0\n\nlicence of a\n')).toBe(0);
  expect(text.match(/^b@2\.0\.0 \(Apache-2\.0\)$/gm)).toHaveLength(1);
});

test('keeps the notice next to the licence', () => {
  const directory = packageWith(
    { name: 'b', version: '2.0.0' },
    { NOTICE: 'notice\r\nof b', LICENSE: 'licence' },
  );
  expect(licencesText([directory])).toBe('b@2.0.0\n\nlicence\n\nnotice\nof b\n');
});

test('a package without a text is listed by the SPDX licence that it names', () => {
  const directory = packageWith({ name: 'a', version: '1.0.0', license: '(MIT OR Apache-2.0)' });
  expect(licencesText([directory])).toBe(
    'a@1.0.0 ((MIT OR Apache-2.0))\n\nThe package ships no licence text.\n',
  );
});

test('packages without any licence fail the build, all by name', () => {
  const none = packageWith({ name: 'none', version: '1.0.0' });
  const closed = packageWith({ name: 'closed', version: '1.0.0', license: 'UNLICENSED' });
  const elsewhere = packageWith({ name: 'elsewhere', version: '1.0.0', license: 'SEE LICENSE IN terms.txt' });
  expect(() => licencesText([none, closed, elsewhere])).toThrow('closed@1.0.0, elsewhere@1.0.0, none@1.0.0');
});
