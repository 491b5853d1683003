import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { git } from '../../support/release.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** The repository of somebody who has copied an example. */
export type Repository = {
  directory: string;
  /** The commit of `main`. */
  head(): string;
  read(file: string): string;
  /** Commits the files; `null` deletes one, or a folder. */
  commit(files: Readonly<Record<string, string | null>>): string;
};

export function copyExample(example: string, home: string): Repository {
  const directory = join(home, example);
  cpSync(join(ROOT, 'examples', example), directory, {
    recursive: true,
    filter: (each) => !each.includes('node_modules'),
  });
  // What an image would bring with it.
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  const head = () => git(directory, 'rev-parse', 'HEAD');
  const commitAll = (message: string) => {
    git(directory, 'add', '--all');
    git(directory, 'commit', '--quiet', '--message', message);
    return head();
  };
  git(directory, 'init', '--quiet', '--initial-branch=main');
  git(directory, 'remote', 'add', 'origin', `https://github.com/acme/${example}`);
  commitAll('first');
  return {
    directory,
    head,
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    commit(files) {
      for (const [file, text] of Object.entries(files)) {
        if (text === null) rmSync(join(directory, file), { recursive: true });
        else {
          mkdirSync(dirname(join(directory, file)), { recursive: true });
          writeFileSync(join(directory, file), text);
        }
      }
      return commitAll('change');
    },
  };
}
