import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inputHash, isStale, markBuilt } from '../bundle/stale.ts';

const FILES = [
  'actions/ship/package.json',
  'actions/ship/src/index.ts',
  'actions/ship/tsconfig.json',
  'packages/report/package.json',
  'packages/report/src/main.ts',
  'packages/report/tsconfig.json',
  'packages/shared/package.json',
  'packages/shared/src/deep/file.ts',
  'packages/shared/tsconfig.json',
  'pnpm-lock.yaml',
  'scripts/build.ts',
  'scripts/bundle/bundle.ts',
  'tsconfig.base.json',
];

function write(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function builtRepository(): string {
  const root = mkdtempSync(join(tmpdir(), 'stale-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const file of FILES) write(root, file, 'before');
  write(root, 'actions/ship/dist/index.js', '');
  markBuilt(root, 'ship', inputHash(root, 'ship'));
  return root;
}

test('a bundle is fresh while nothing changed, and whatever happens to tests and other actions', () => {
  const root = builtRepository();
  write(root, 'actions/ship/test/ship.test.ts', 'new');
  write(root, 'actions/other/src/index.ts', 'new');
  expect(isStale(root, 'ship')).toBe(false);
});

test.each(FILES)('a change of %s makes it stale', (file) => {
  const root = builtRepository();
  write(root, file, 'after');
  expect(isStale(root, 'ship')).toBe(true);
});

test('a new source file, a missing dist and a missing stamp make it stale', () => {
  const added = builtRepository();
  write(added, 'actions/ship/src/new.ts', '');
  expect(isStale(added, 'ship')).toBe(true);

  const undone = builtRepository();
  rmSync(join(undone, 'actions/ship/dist'), { recursive: true });
  expect(isStale(undone, 'ship')).toBe(true);

  const unmarked = builtRepository();
  rmSync(join(unmarked, 'node_modules'), { recursive: true });
  expect(isStale(unmarked, 'ship')).toBe(true);
});
