import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { inputHash, markBuilt } from '../../bundle/stale.ts';

const SCRIPTS = resolve(import.meta.dirname, '../..');

/** Of the source commits: what is published takes them from there. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ann Author',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_AUTHOR_DATE: '2026-11-21T10:00:00+01:00',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.com',
  GIT_COMMITTER_DATE: '2026-11-21T11:30:00+00:00',
};

const ACTIONS = ['canary-deploy', 'rollback', 'smoke-test'];
/** In the order in which they are published. */
export const REPOSITORIES = [...ACTIONS, 'workflows'];

const WORKFLOW = `# Callers write: uses: apex/workflows/.github/workflows/deploy.yml@v1
name: Deploy
on: { workflow_call: {} }
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
      - name: Deploy
        uses: apex/canary-deploy@v1
      - uses: "apex/smoke-test@v1" # what users do most
`;

/** A repository like this one, small: real release scripts, actions whose bundle prints its name. */
const SOURCES: Readonly<Record<string, string>> = {
  '.gitignore': 'node_modules/\ndist/\n',
  LICENSE: 'Apache License\n',
  'package.json': '{"type":"module","repository":{"type":"git","url":"https://github.com/apex/actions"}}\n',
  'pnpm-lock.yaml': 'lock\n',
  'tsconfig.base.json': '{}\n',
  'docs/guide.md': '# Guide\n',
  'docs/picture.svg': '<svg/>\n',
  'packages/report/package.json': '{}\n',
  'packages/report/tsconfig.json': '{}\n',
  'packages/report/src/main.ts': '\n',
  'packages/shared/package.json': '{}\n',
  'packages/shared/tsconfig.json': '{}\n',
  'packages/shared/src/shared.ts': '\n',
  'workflows/README.md': '# Workflows\n[deploy](deploy.yml), [guide](../docs/guide.md)\n',
  'workflows/deploy.yml': WORKFLOW,
  'workflows/not-published.txt': 'notes\n',
  'actions/smoke-test/checks.schema.json': '{}\n',
  ...Object.fromEntries(
    ACTIONS.flatMap((name) => [
      [`actions/${name}/action.yml`, `name: ${name}\nruns: { using: node24, main: dist/index.js }\n`],
      [
        `actions/${name}/README.md`,
        `# ${name}\n[guide](../../docs/guide.md#top), [all](../rollback/README.md)\n`,
      ],
      [`actions/${name}/package.json`, '{}\n'],
      [`actions/${name}/tsconfig.json`, '{}\n'],
      [`actions/${name}/src/index.ts`, 'first\n'],
    ]),
  ),
};

export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'release-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
}

export function git(directory: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd: directory,
    env: { ...process.env, ...IDENTITY, GIT_CONFIG_GLOBAL: '/dev/null' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** What `pnpm build` leaves. */
export function buildBundles(root: string): void {
  for (const name of ACTIONS) {
    writeFiles(join(root, 'actions', name, 'dist'), {
      'index.js': `console.log('${name}');\r\n`,
      'LICENSES.txt': 'licences\n',
      'proto/a b.proto': 'message\n',
    });
    markBuilt(root, name, inputHash(root, name));
  }
}

export function commit(root: string, message: string, ...tags: string[]): string {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', message);
  for (const tag of tags) git(root, 'tag', tag);
  return git(root, 'rev-parse', 'HEAD');
}

/** A repository to release from, with one commit, its bundles built. */
export function sourceRepository(...tags: string[]): string {
  const root = join(temporaryDirectory(), 'source');
  writeFiles(root, SOURCES);
  for (const path of ['build.ts', 'bundle', 'publish.ts', 'release', 'release-tree.ts']) {
    cpSync(join(SCRIPTS, path), join(root, 'scripts', path), { recursive: true });
  }
  git(root, 'init', '--quiet', '--initial-branch=main');
  commit(root, 'first', ...tags);
  buildBundles(root);
  return root;
}

/** Another version: every action changes. */
export function nextVersion(root: string, tag: string): void {
  for (const name of ACTIONS) writeFiles(root, { [`actions/${name}/src/index.ts`]: `${tag}\n` });
  buildBundles(root);
  commit(root, `for ${tag}`, tag);
}

export interface Remotes {
  readonly template: string;
  readonly path: (name: string) => string;
  /** Refs and what they are at; empty for a repository that nothing was published to. */
  readonly refs: (name: string) => Record<string, string>;
  readonly allRefs: () => Record<string, Record<string, string>>;
}

export function remotes(): Remotes {
  return remotesFor(temporaryDirectory(), REPOSITORIES);
}

/** Bare repositories, as they are before a first release. */
export function remotesFor(directory: string, names: readonly string[]): Remotes {
  const path = (name: string): string => join(directory, `${name}.git`);
  for (const name of names) git(directory, 'init', '--quiet', '--bare', path(name));
  const refs = (name: string): Record<string, string> => {
    const lines = git(path(name), 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
    return Object.fromEntries(lines.filter((line) => line !== '').map((line) => line.split(' ')));
  };
  return {
    template: path('{name}'),
    path,
    refs,
    allRefs: () => Object.fromEntries(names.map((name) => [name, refs(name)])),
  };
}

export function addHook(repository: string, name: string, script: string): void {
  const file = join(repository, 'hooks', name);
  writeFiles(repository, { [`hooks/${name}`]: `#!/bin/sh\n${script}\n` });
  chmodSync(file, 0o755);
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs a script of the repository, as its `pnpm` script does. */
export async function run(root: string, script: string, ...args: string[]): Promise<RunResult> {
  return resultOf(spawnScript(root, script, args));
}

export function publish(root: string, { template }: Remotes, ...args: string[]): Promise<RunResult> {
  return run(root, 'publish.ts', '--remote', template, ...args);
}

/** The process of a script, for a test to kill. */
export function start(
  root: string,
  script: string,
  ...args: string[]
): { pid: number; result: Promise<RunResult> } {
  const child = spawnScript(root, script, args);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return { pid: child.pid ?? 0, result: resultOf(child) };
}

function spawnScript(root: string, script: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [join(root, 'scripts', script), ...args], {
    cwd: root,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  });
}

async function resultOf(child: ChildProcessWithoutNullStreams): Promise<RunResult> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [exitCode] = await once(child, 'close');
  return { exitCode, output };
}
