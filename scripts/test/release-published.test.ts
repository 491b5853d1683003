/** This repository as it is published: what a user of `v1` gets. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { readActionYml } from '@apex-actions/testkit/action-yml';
import { startAction } from '@apex-actions/testkit/run-action';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findActions } from '../bundle/actions.ts';
import { commit, git, type Remotes, remotesFor, run } from './support/release.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const ACTIONS = findActions(REPOSITORY);
const NAMES = [...ACTIONS, ...(existsSync(join(REPOSITORY, 'workflows')) ? ['workflows'] : [])];
const STAMPS = 'node_modules/.cache/apex-build';
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'published-')));
const clone = (name: string): string => join(directory, 'clones', name);
let to: Remotes;

beforeAll(async () => {
  const source = join(directory, 'source');
  // A copy, since the work tree of whoever runs this has changes of theirs, and no tag.
  cpSync(REPOSITORY, source, {
    recursive: true,
    filter: (path) =>
      !['.git', 'node_modules'].includes(basename(path)) &&
      !/^(actions|packages)\/[^/]+\/build$/.test(relative(REPOSITORY, path)),
  });
  for (const name of ACTIONS) cpSync(join(REPOSITORY, STAMPS, name), join(source, STAMPS, name));
  git(source, 'init', '--quiet');
  commit(source, 'as it is', 'v1.2.3');
  to = remotesFor(directory, NAMES);
  const { exitCode, output } = await run(source, 'publish.ts', '--remote', to.template);
  if (exitCode !== 0) throw new Error(output);
  for (const name of NAMES) {
    git(
      directory,
      'clone',
      '--quiet',
      '--depth',
      '1',
      '--branch',
      'v1',
      `file://${to.path(name)}`,
      clone(name),
    );
  }
}, 120_000);

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

test.each(NAMES)(
  'every relative link of the README of %s leads to a file that is published with it',
  (name) => {
    const targets = relativeTargets(readFileSync(join(clone(name), 'README.md'), 'utf8'));
    const dangling = targets.filter(
      (target) => !existsSync(join(clone(name), target.replace(/[?#].*$/, ''))),
    );
    expect(dangling).toEqual([]);
  },
);

test.each(NAMES)('%s has the licence', (name) => {
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
