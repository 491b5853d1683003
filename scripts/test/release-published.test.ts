/** This repository as it is published: what a user of `v1` gets. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { readActionYml } from '@apex-actions/testkit/action-yml';
import { startAction } from '@apex-actions/testkit/run-action';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { ACTIONS, PUBLISHED, publishTo } from './support/published.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'published-')));
let clone: (name: string) => string;

beforeAll(async () => {
  ({ clone } = await publishTo(directory));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** By another way than the release's: whatever stands in parentheses after a bracket, in an attribute or a definition. */
function relativeTargets(markdown: string): string[] {
  const code = /^```.*?^```|`[^`\n]*`/gms;
  const targets = markdown
    .replaceAll(code, '')
    .matchAll(/\]\(([^)\s]+)|(?:href|src)="([^"]+)"|^\[.*?\]: (\S+)/gm);
  return [...targets]
    .map(([, link, attribute, definition]) => link ?? attribute ?? definition ?? '')
    .filter((target) => !/^(https?:|mailto:|#)/.test(target));
}

test.each(PUBLISHED)(
  'every relative link of the README of %s leads to a file that is published with it',
  (name) => {
    const targets = relativeTargets(readFileSync(join(clone(name), 'README.md'), 'utf8'));
    const dangling = targets.filter(
      (target) => !existsSync(join(clone(name), target.replace(/[?#].*$/, ''))),
    );
    expect(dangling).toEqual([]);
  },
);

test.each(PUBLISHED)('%s has the licence', (name) => {
  const licence = readFileSync(join(REPOSITORY, 'LICENSE'));
  expect(readFileSync(join(clone(name), 'LICENSE'))).toEqual(licence);
});

test.each(ACTIONS)('%s has the bundle that was built, to the byte', (name) => {
  const [built, published] = [join(REPOSITORY, 'actions', name), clone(name)].map((root) =>
    join(root, 'dist'),
  );
  const files = filesOf(built ?? '');
  expect(filesOf(published ?? '')).toEqual(files);
  const differing = files.filter(
    (file) => !readFileSync(join(built ?? '', file)).equals(readFileSync(join(published ?? '', file))),
  );
  expect(differing).toEqual([]);
});

test.each(ACTIONS)(
  '%s starts from its published tree alone, and says which input is missing',
  async (name) => {
    const inputs = readActionYml(clone(name)).inputs.filter(({ required }) => required);
    const running = startAction({ directory: clone(name), inputs: {} });
    onTestFinished(() => running.dispose());
    const { exitCode, log } = await running.main;
    expect(exitCode).toBe(1);
    expect(log).toMatch(/input/i);
    expect(inputs.length === 0 || inputs.some((input) => log.includes(input.name)), log).toBe(true);
  },
);

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
