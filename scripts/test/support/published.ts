import { cpSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { findActions } from '../../bundle/actions.ts';
import { commit, git, remotesFor, run } from './release.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const STAMPS = 'node_modules/.cache/apex-build';

export const ACTIONS = findActions(REPOSITORY);
/** The repositories that a release publishes to. */
export const PUBLISHED = [...ACTIONS, 'workflows'];

/** Publishes this repository as it is to bare repositories in a folder, as `v1`, and clones what is there then. */
export async function publishTo(directory: string): Promise<{ clone: (name: string) => string }> {
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
  const remotes = remotesFor(directory, PUBLISHED);
  const { exitCode, output } = await run(source, 'publish.ts', '--remote', remotes.template);
  if (exitCode !== 0) throw new Error(output);
  const clone = (name: string): string => join(directory, 'clones', name);
  for (const name of PUBLISHED) {
    git(directory, 'clone', '--quiet', '--branch', 'v1', `file://${remotes.path(name)}`, clone(name));
  }
  return { clone };
}
