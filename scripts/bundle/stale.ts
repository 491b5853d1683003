import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Outside dist, since dist is published as it is. */
const STAMPS = 'node_modules/.cache/apex-build';

/** Everything that a bundle of the action is made from; the lockfile stands for all of node_modules. */
function inputs(name: string): string[] {
  return [
    ...projectInputs(`actions/${name}`),
    ...projectInputs('packages/shared'),
    ...projectInputs('packages/report'),
    'pnpm-lock.yaml',
    'scripts/build.ts',
    'scripts/bundle',
    'tsconfig.base.json',
  ];
}

function projectInputs(directory: string): string[] {
  return [`${directory}/package.json`, `${directory}/src`, `${directory}/tsconfig.json`];
}

/** A hash over the paths and the contents of all inputs of an action's bundle. */
export function inputHash(root: string, name: string): string {
  const hash = createHash('sha256');
  for (const file of inputs(name).flatMap((input) => filesUnder(root, input))) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesUnder(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesUnder(root, `${path}/${name}`));
}

export function isStale(root: string, name: string): boolean {
  const stamp = join(root, STAMPS, name);
  if (!existsSync(stamp) || !existsSync(join(root, 'actions', name, 'dist'))) return true;
  return readFileSync(stamp, 'utf8') !== inputHash(root, name);
}

/** `hash` is that of before the build, so that a source that changed during the build makes it stale again. */
export function markBuilt(root: string, name: string, hash: string): void {
  const stamp = join(root, STAMPS, name);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}
