import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withBuildLock } from '../bundle/lock.ts';

const CACHE = 'node_modules/.cache/apex-build';

function temporaryRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'lock-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, CACHE), { recursive: true });
  return root;
}

test('takes over the lock of a process that died, and leaves none behind', async () => {
  const root = temporaryRoot();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(root, CACHE, 'lock'), String(dead));
  expect(await withBuildLock(root, async () => readdirSync(join(root, CACHE)))).toContain('lock');
  expect(readdirSync(join(root, CACHE))).toEqual([]);
});

test('a build that fails gives the lock back', async () => {
  const root = temporaryRoot();
  await expect(withBuildLock(root, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(readdirSync(join(root, CACHE))).toEqual([]);
});
