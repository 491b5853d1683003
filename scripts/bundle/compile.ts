import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Compiles actions and what they refer to into their `build/` folders. Forced, because an incremental build
 * trusts its .tsbuildinfo and does not notice that `build/` was deleted.
 */
export function compile(root: string, names: readonly string[]): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const projects = names.map((name) => `actions/${name}`);
  const { status } = spawnSync(process.execPath, [tsc, '-b', '--force', ...projects], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`TypeScript could not compile ${projects.join(', ')}`);
  for (const name of names) {
    // ncc takes the module format from the package.json nearest to its entry; its ESM output crashes with google-gax.
    writeFileSync(join(root, 'actions', name, 'build/package.json'), '{}\n');
  }
}
