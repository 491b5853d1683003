import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findActions } from '../bundle/actions.ts';
import { copyCheckout } from './support/checkout.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const ACTIONS = findActions(REPOSITORY);
const root = realpathSync(mkdtempSync(join(tmpdir(), 'reproducible-')));
const copy = join(root, 'a longer path', 'to another checkout');
/** What the two builds that ran at once in `copy` printed. */
let outputs: string[] = [];

beforeAll(async () => {
  copyCheckout(copy);
  const twice = [build(copy, '--if-stale'), build(copy, '--if-stale')];
  outputs = await Promise.all(twice);
  // The other path is that of the repository. `pnpm test` has built there; whatever else starts this may have not.
  await build(REPOSITORY, '--if-stale');
}, 600_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('there are actions to build', () => {
  expect(ACTIONS.length).toBeGreaterThan(0);
});

test('two builds at once build each bundle once', () => {
  const built = outputs.join('').match(/^built .*$/gm);
  expect(built?.toSorted()).toEqual(ACTIONS.map((name) => `built actions/${name}/dist`));
});

test.each(ACTIONS)('%s is the same to the byte when it is built from another path', (name) => {
  const hashes = distHashes(REPOSITORY, name);
  expect(Object.keys(hashes)).toEqual(expect.arrayContaining(['index.js', 'package.json', 'LICENSES.txt']));
  expect(distHashes(copy, name)).toEqual(hashes);
});

test.each(ACTIONS)('%s contains no path of the machine', (name) => {
  const dist = join(copy, 'actions', name, 'dist');
  for (const path of [root, REPOSITORY, homedir()].filter((path) => path !== '/')) {
    const files = filesOf(dist).filter((file) => readFileSync(join(dist, file), 'utf8').includes(`${path}/`));
    expect(files, path).toEqual([]);
  }
});

test.each(ACTIONS)(
  '%s lists the licence of every package that is in it',
  async (name) => {
    const stats = join(root, `${name}.json`);
    const action = join(copy, 'actions', name);
    const ncc = join(copy, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
    const out = join(root, `${name}-again`);
    await run(
      [ncc, 'build', join(action, 'build/index.js'), '--no-cache', '-o', out, '--stats-out', stats],
      copy,
    );
    // By another way than the build's: whatever ncc says about a module, wherever in the file it says it.
    const modules = readFileSync(stats, 'utf8').matchAll(/"nameForCondition": ?"([^"]+)"/g);
    const names = [...modules].map(
      ([, file]) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file ?? '')?.[1],
    );
    const ofPage = existsSync(join(action, 'dist/report.html')) ? await packagesOfPage() : [];
    const bundled = new Set([...names.filter((packageName) => packageName !== undefined), ...ofPage]);
    const licences = readFileSync(join(action, 'dist/LICENSES.txt'), 'utf8');
    const listed = [...licences.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+)@\d\S*(?: \(|$)/gm)].map(
      ([, packageName]) => packageName,
    );
    expect(bundled.size).toBeGreaterThan(0);
    expect([...new Set(listed)].sort()).toEqual([...bundled].sort());
  },
  300_000,
);

/** The packages in the page of the reports, as esbuild's own program tells them. */
async function packagesOfPage(): Promise<string[]> {
  const file = join(root, 'page.json');
  const page = join(copy, 'packages/report/src/main.ts');
  const program = join(copy, 'node_modules/esbuild/bin/esbuild');
  await run([program, page, '--bundle', `--metafile=${file}`, `--outfile=${join(root, 'page.js')}`], copy);
  const paths = readFileSync(file, 'utf8').matchAll(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return [...paths].map(([, name = '']) => name);
}

function build(checkout: string, ...options: string[]): Promise<string> {
  return run([join(checkout, 'scripts/build.ts'), ...options], checkout);
}

/** Runs node and returns what it printed; rejects with it when node fails. */
async function run(args: readonly string[], cwd: string): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, args, { cwd });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`node ${args.join(' ')} exited with ${exitCode}:\n${output}`);
  return output;
}

function distHashes(checkout: string, name: string): Record<string, string> {
  const dist = join(checkout, 'actions', name, 'dist');
  const hash = (file: string): string =>
    createHash('sha256')
      .update(readFileSync(join(dist, file)))
      .digest('hex');
  return Object.fromEntries(filesOf(dist).map((file) => [file, hash(file)]));
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
