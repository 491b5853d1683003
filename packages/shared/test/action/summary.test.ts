import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeSummary } from '../../src/action/summary.ts';

const MIB = 1024 * 1024;
let folder: string;
let path: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'summary-'));
  path = join(folder, 'summary.md');
  writeFileSync(path, '');
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const written = () => readFileSync(path, 'utf8');

test('what is written is added, as paragraphs of their own', async () => {
  await writeSummary('# One\n', { GITHUB_STEP_SUMMARY: path });
  await writeSummary('# Two', { GITHUB_STEP_SUMMARY: path });
  expect(written()).toBe('# One\n\n# Two\n\n');
});

test('a summary over the limit ends at a whole line, with a note', async () => {
  await writeSummary('first\n', { GITHUB_STEP_SUMMARY: path });
  await writeSummary(`${'é'.repeat(999)}\n`.repeat(1000), { GITHUB_STEP_SUMMARY: path });
  expect(Buffer.byteLength(written())).toBeLessThanOrEqual(MIB);
  expect(Buffer.byteLength(written())).toBeGreaterThan(MIB - 2500);
  expect(written()).toMatch(/^first\n\n(é{999}\n)+\n\*The rest of this summary was cut/);
});

test('nothing is added to a summary that is full', async () => {
  writeFileSync(path, 'x'.repeat(MIB - 10));
  await writeSummary('more and more', { GITHUB_STEP_SUMMARY: path });
  expect(written()).toHaveLength(MIB - 10);
});

test('without a summary to write to there is only a word for debugging', async () => {
  await writeSummary('# One', {});
  expect(printed).toMatch(/^::debug::No summary/);
});

test('a summary that cannot be written does not fail the step', async () => {
  await writeSummary('# One', { GITHUB_STEP_SUMMARY: folder });
  expect(printed).toMatch(/^::warning::The summary could not be written: EISDIR/);
});
