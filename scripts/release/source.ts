import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git.ts';
import { parseVersion, type Version } from './version.ts';

export interface Source {
  readonly root: string;
  /** Where the repository is read on the web, without a slash at its end. */
  readonly url: string;
  readonly commit: string;
  /** Name, address and date as the commit has them: `Ann <ann@example.com> 1795262590 +0000`. */
  readonly author: string;
  readonly committer: string;
  /** Changed and new files that the commit does not have. */
  readonly uncommitted: readonly string[];
  /** The versions that tags on the commit name. */
  readonly versions: readonly Version[];
}

export function readSource(root: string): Source {
  const header = git(root, ['cat-file', 'commit', 'HEAD']).split('\n\n', 1)[0] ?? '';
  const field = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(header)?.[1] ?? '';
  return {
    root,
    url: repositoryUrl(root),
    commit: git(root, ['rev-parse', 'HEAD']).trim(),
    author: field('author'),
    committer: field('committer'),
    uncommitted: lines(git(root, ['status', '--porcelain', '--untracked-files=all'])),
    versions: lines(git(root, ['tag', '--points-at', 'HEAD'])).flatMap((tag) => parseVersion(tag) ?? []),
  };
}

/** The files of the work tree that are in the repository, or would be once they are committed. */
export function sourceFiles(root: string): string[] {
  const listed = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  return listed.split('\0').filter((file) => file !== '');
}

/**
 * The version to publish: the tag on the commit, or the one of several that `wanted` names. Throws where the commit does not
 * carry it, since the sources of a version must be found by its tag.
 */
export function taggedVersion({ commit, versions }: Source, wanted: string | undefined): Version {
  const tags = versions.map(({ tag }) => tag).join(', ');
  if (wanted !== undefined) {
    const found = versions.find(({ tag }) => tag === wanted);
    if (found !== undefined) return found;
    throw new Error(
      parseVersion(wanted) === undefined
        ? `${wanted} is no version such as v1.2.3 or v1.3.0-rc.1. Nothing was pushed.`
        : `The commit checked out, ${commit}, has ${tags || 'no version'} for a tag, not ${wanted}. Nothing was pushed. Check ${wanted} out first: git checkout ${wanted}`,
    );
  }
  const [version, another] = versions;
  if (version === undefined) {
    throw new Error(
      `The commit checked out, ${commit}, has no tag such as v1.2.3. Nothing was pushed. Check out the tag of the release, or make it: git tag v1.2.3`,
    );
  }
  if (another !== undefined) {
    throw new Error(
      `The commit checked out has several versions for tags: ${tags}. Nothing was pushed. Name one of them.`,
    );
  }
  return version;
}

function repositoryUrl(root: string): string {
  const { repository }: { repository?: { url?: unknown } } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const url = repository?.url;
  if (typeof url !== 'string' || !/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(url)) {
    throw new Error(
      'package.json must say at repository.url where this repository is: https://HOST/OWNER/NAME',
    );
  }
  return url;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
