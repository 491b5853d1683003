import { readdirSync } from 'node:fs';
import { findActions } from '../bundle/actions.ts';
import { isStale } from '../bundle/stale.ts';
import type { Source } from './source.ts';

const SHOWN = 5;

/** Throws where the work tree has what the commit has not: nobody could find the sources of what is published. */
export function refuseUncommitted({ uncommitted }: Source): void {
  if (uncommitted.length === 0) return;
  const more = uncommitted.length > SHOWN ? [`and ${uncommitted.length - SHOWN} more`] : [];
  throw new Error(
    [
      'The work tree has changes that are in no commit. Nothing was pushed. Commit them and tag that commit, or put them away.',
      ...[...uncommitted.slice(0, SHOWN), ...more].map((line) => `  ${line}`),
    ].join('\n'),
  );
}

export function refuseStaleBundles(root: string): void {
  const stale = findActions(root).filter((name) => isStale(root, name));
  if (stale.length === 0) return;
  throw new Error(
    `The bundles of ${stale.join(', ')} are missing or not of these sources. Nothing was pushed. Build them: pnpm build`,
  );
}

export function refuseUsedDirectory(directory: string): void {
  let entries: string[];
  try {
    entries = readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (entries.length > 0) {
    throw new Error(`${directory} is not empty. It was left as it is. Name a folder that is new.`);
  }
}
