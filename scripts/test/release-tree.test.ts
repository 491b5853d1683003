import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  commit,
  nextVersion,
  publish,
  REPOSITORIES,
  remotes,
  run,
  sourceRepository,
  temporaryDirectory,
  writeFiles,
} from './support/release.ts';

async function releaseTree(root: string, ...args: string[]): Promise<{ trees: string; output: string }> {
  const trees = join(temporaryDirectory(), 'trees');
  const { exitCode, output } = await run(root, 'release-tree.ts', trees, ...args);
  expect(exitCode, output).toBe(0);
  return { trees, output };
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

test('makes one tree for each action and one for the workflows, with what is published and nothing else', async () => {
  const { trees } = await releaseTree(sourceRepository('v1.2.3'));
  expect(readdirSync(trees).sort()).toEqual(REPOSITORIES);
  const action = ['LICENSE', 'README.md', 'action.yml'];
  const dist = ['dist/LICENSES.txt', 'dist/index.js', 'dist/proto/a b.proto'];
  expect(filesOf(join(trees, 'rollback'))).toEqual([...action, ...dist]);
  expect(filesOf(join(trees, 'smoke-test'))).toEqual([...action, 'checks.schema.json', ...dist]);
  expect(filesOf(join(trees, 'workflows'))).toEqual(['.github/workflows/deploy.yml', 'LICENSE', 'README.md']);
});

test('the workflows name every action by its commit, with the version, and leave the others', async () => {
  const { trees, output } = await releaseTree(sourceRepository('v1.2.3'));
  const commitOf = (name: string): string | undefined =>
    new RegExp(`^apex/${name} ([0-9a-f]{40}):`, 'm').exec(output)?.[1];
  const text = read(trees, 'workflows/.github/workflows/deploy.yml');
  expect(text).toContain(`        uses: apex/canary-deploy@${commitOf('canary-deploy')} # v1.2.3\n`);
  const { jobs } = parse(text) as { jobs: { deploy: { steps: { uses: string }[] } } };
  expect(jobs.deploy.steps.map(({ uses }) => uses)).toEqual([
    'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8',
    `apex/canary-deploy@${commitOf('canary-deploy')}`,
    `apex/smoke-test@${commitOf('smoke-test')}`,
  ]);
});

test('with a remote it says what a release would push, and the commits are those that publishing makes', async () => {
  const root = sourceRepository('v1.2.3');
  const to = remotes();
  await publish(root, to);
  nextVersion(root, 'v1.3.0');
  const { trees, output } = await releaseTree(root, '--remote', to.template);
  expect(Object.keys(to.refs('rollback'))).not.toContain('refs/tags/v1.3.0');
  await publish(root, to);
  const { 'refs/tags/v1.3.0': published } = to.refs('canary-deploy');
  expect(output).toContain(`apex/canary-deploy ${published}: releases/v1 (now `);
  expect(read(trees, 'workflows/.github/workflows/deploy.yml')).toContain(published);
});

test('a version can be named, and a commit without one is shown as a preview', async () => {
  const root = sourceRepository();
  const named = await releaseTree(root, 'v1.9.0');
  expect(read(named.trees, 'workflows/.github/workflows/deploy.yml')).toContain(' # v1.9.0\n');
  const preview = await releaseTree(root);
  expect(read(preview.trees, 'workflows/.github/workflows/deploy.yml')).toContain(' # v1.0.0-preview\n');
});

test('shows changes that are in no commit, and says so', async () => {
  const root = sourceRepository();
  writeFiles(root, { 'actions/rollback/README.md': '# Changed\n' });
  const { trees, output } = await releaseTree(root);
  expect(read(trees, 'rollback/README.md')).toBe('# Changed\n');
  expect(output).toContain('changes that are in no commit');
});

test('a repository without reusable workflows has the trees of its actions', async () => {
  const root = sourceRepository();
  rmSync(join(root, 'workflows'), { recursive: true });
  commit(root, 'no workflows');
  const { trees } = await releaseTree(root);
  expect(readdirSync(trees).sort()).toEqual(REPOSITORIES.filter((name) => name !== 'workflows'));
});

test('leaves a folder that is in use as it is', async () => {
  const root = sourceRepository();
  const { exitCode, output } = await run(root, 'release-tree.ts', join(root, 'docs'));
  expect(exitCode).toBe(1);
  expect(output).toContain('docs is not empty. It was left as it is.');
});

test('refuses bundles of other sources', async () => {
  const root = sourceRepository();
  writeFiles(root, { 'actions/rollback/src/index.ts': 'changed\n' });
  const trees = join(temporaryDirectory(), 'trees');
  const { exitCode, output } = await run(root, 'release-tree.ts', trees);
  expect(exitCode).toBe(1);
  expect(output).toContain('The bundles of rollback are missing or not of these sources.');
  expect(existsSync(trees)).toBe(false);
});

test('a README with a link that leads nowhere is not published', async () => {
  const root = sourceRepository();
  writeFiles(root, { 'actions/rollback/README.md': '[guide](../../docs/gone.md)\n' });
  const { exitCode, output } = await run(root, 'release-tree.ts', join(temporaryDirectory(), 'x'));
  expect(exitCode).toBe(1);
  expect(output).toContain('actions/rollback/README.md links to ../../docs/gone.md, which is not there.');
});
