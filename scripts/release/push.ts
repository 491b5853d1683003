import { type GitResult, quoted, tryGit } from './git.ts';
import { OWNER } from './places.ts';
import type { Prepared } from './prepare.ts';

/**
 * Asks every repository whether it would take the push, before the first one gets one. Throws where one would not: it cannot be
 * written to, does not know atomic pushes, or changed since it was read.
 */
export function tryRelease(prepared: readonly Prepared[]): void {
  for (const each of prepared.filter(isPending)) {
    const { ok, stderr } = push(each, 'try');
    if (!ok) {
      throw new Error(
        `${fullName(each)} would not take the push. Nothing was pushed anywhere.\n${quoted(stderr)}\nRun it again once the cause is gone.`,
      );
    }
  }
}

/** Pushes to one repository after the other. Throws at the first that fails, so that no workflow names what is not there. */
export function pushRelease(prepared: readonly Prepared[], log: (line: string) => void): void {
  const done = prepared.filter((each) => !isPending(each)).map(fullName);
  const pending = prepared.filter(isPending);
  for (const [index, each] of pending.entries()) {
    const { ok, stderr } = push(each, 'push');
    if (!ok) {
      const untouched = pending.slice(index + 1).map(fullName);
      throw new Error(
        [
          `The push to ${fullName(each)} failed:`,
          quoted(stderr),
          `Published are ${listed(done)}; untouched are ${listed(untouched)}. A repository has all of the version or nothing of it.`,
          'Run it again once the cause is gone: it leaves what is published as it is, and does the rest.',
        ].join('\n'),
      );
    }
    done.push(fullName(each));
    log(`published ${fullName(each)}`);
  }
}

/**
 * One push of all refs or of none. A lease on each lets none pass that changed since it was read; none of them loses a commit
 * by it, since the new commit lies on top of what the leases name.
 */
function push({ directory, url, commit, updates }: Prepared, mode: 'try' | 'push'): GitResult {
  if (url === undefined) throw new Error('a release without a remote cannot be pushed');
  return tryGit(directory, [
    'push',
    '--atomic',
    '--no-follow-tags',
    ...(mode === 'try' ? ['--dry-run'] : []),
    ...updates.map(({ ref, from = '' }) => `--force-with-lease=${ref}:${from}`),
    url,
    ...updates.map(({ ref }) => `${commit}:${ref}`),
  ]);
}

function isPending({ updates }: Prepared): boolean {
  return updates.length > 0;
}

function fullName({ name }: Prepared): string {
  return `${OWNER}/${name}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
