import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ncc, { type NccResult } from '@vercel/ncc';
import { licencesText, packageDirectories } from './licences.ts';

const PAGE = 'report.html';

/**
 * Bundles the compiled action `build/index.js` into `dist/`, which is replaced as a whole or not at all. `ofPage`: the folders
 * of the packages in the page of the reports, which some actions write.
 */
export async function bundle(root: string, name: string, ofPage: readonly string[]): Promise<void> {
  const action = join(root, 'actions', name);
  const result = await ncc(join(action, 'build/index.js'), {
    minify: false,
    sourceMap: false,
    cache: false,
    quiet: true,
  });
  const next = join(action, 'build/dist-next');
  rmSync(next, { recursive: true, force: true });
  for (const [path, asset] of Object.entries(result.assets)) {
    write(join(next, path), asset.source);
  }
  write(join(next, 'index.js'), escapeNonAscii(result.code));
  // The folder above says "type": "module"; the bundle is CommonJS.
  write(join(next, 'package.json'), '{"type":"commonjs"}\n');
  const bundled = packageDirectories(moduleFiles(result.stats));
  const all = PAGE in result.assets ? [...new Set([...bundled, ...ofPage])] : bundled;
  write(join(next, 'LICENSES.txt'), licencesText(all));
  replace(join(action, 'dist'), next, join(action, 'build/dist-previous'));
}

/**
 * V8 keeps a source with a single character beyond Latin-1 at two bytes for each of its characters: 22 MB instead of 11.
 */
function escapeNonAscii(source: string): string {
  return source.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function replace(target: string, next: string, previous: string): void {
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, previous);
  renameSync(next, target);
  rmSync(previous, { recursive: true, force: true });
}

interface StatsModule {
  /** The file of the module; absent for webpack's own run-time modules and for externals. */
  readonly nameForCondition?: string | null;
  /** The modules that webpack joined into this one. */
  readonly modules?: readonly StatsModule[];
}

/** The files of all modules of all chunks. */
function moduleFiles(stats: NccResult['stats']): string[] {
  const json = stats.toJson({
    all: false,
    modules: true,
    nestedModules: true,
    modulesSpace: Infinity,
    nestedModulesSpace: Infinity,
  }) as StatsModule;
  return filesOf(json.modules ?? []);
}

function filesOf(modules: readonly StatsModule[]): string[] {
  return modules.flatMap(({ nameForCondition, modules: joined }) => [
    ...(nameForCondition ? [nameForCondition] : []),
    ...filesOf(joined ?? []),
  ]);
}
