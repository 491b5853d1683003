import { copyFileSync, cpSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const BUILD_TOOLS = ['@types/node', '@vercel/ncc', 'esbuild', 'typescript', 'yaml'];
const NOT_SOURCES = new Set(['build', 'dist', 'node_modules', 'tsconfig.tsbuildinfo']);

/**
 * Copies what a build needs to another path: sources and packages, nothing built. The packages are copied too,
 * since a link to the repository's node_modules would leave their paths, the larger part of a bundle, unchanged.
 */
export function copyCheckout(target: string): void {
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.base.json']) {
    copyFileSync(join(REPOSITORY, file), join(target, file));
  }
  for (const folder of ['actions', 'packages/report', 'packages/shared', 'scripts']) {
    cpSync(join(REPOSITORY, folder), join(target, folder), {
      recursive: true,
      filter: (path) => !NOT_SOURCES.has(basename(path)),
    });
  }
  const projects = [
    'packages/report',
    'packages/shared',
    ...readdirSync(join(REPOSITORY, 'actions')).map((name) => `actions/${name}`),
  ];
  const links = [
    ...BUILD_TOOLS.map((name) => join('node_modules', name)),
    ...projects.flatMap((project) => packageLinks(join(project, 'node_modules'))),
  ];
  copyPackages(links, target);
}

/** Recreates the links, which pnpm keeps relative, and copies every package they lead to. */
function copyPackages(links: readonly string[], target: string): void {
  const copied = new Set<string>();
  const pending = [...links];
  for (let link = pending.pop(); link !== undefined; link = pending.pop()) {
    const to = readlinkSync(join(REPOSITORY, link));
    if (!copied.has(link)) {
      mkdirSync(dirname(join(target, link)), { recursive: true });
      symlinkSync(to, join(target, link));
      copied.add(link);
    }
    const found = relative(REPOSITORY, resolve(REPOSITORY, dirname(link), to));
    const store = /^node_modules\/\.pnpm\/[^/]+\/node_modules/.exec(found)?.[0];
    if (store === undefined || copied.has(found)) continue;
    cpSync(join(REPOSITORY, found), join(target, found), { recursive: true, verbatimSymlinks: true });
    copied.add(found);
    pending.push(...packageLinks(store).filter((other) => !copied.has(other)));
  }
}

/** The links of a node_modules folder, scoped ones included; nothing where there is no such folder. */
function packageLinks(nodeModules: string): string[] {
  return readEntries(nodeModules)
    .flatMap((name) =>
      name.startsWith('@')
        ? readEntries(join(nodeModules, name)).map((scoped) => join(nodeModules, name, scoped))
        : [join(nodeModules, name)],
    )
    .filter((path) => lstatSync(join(REPOSITORY, path)).isSymbolicLink());
}

function readEntries(directory: string): string[] {
  try {
    return readdirSync(join(REPOSITORY, directory));
  } catch {
    return [];
  }
}
