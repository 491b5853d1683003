import { mkdirSync } from 'node:fs';
import type { PublishedFile } from './files.ts';
import { git, tryGit } from './git.ts';
import type { Published } from './plan.ts';
import type { Source } from './source.ts';

const COMMIT = 'refs/release/commit';

/** A bare repository at `directory` with all that the remote has; with nothing where there is no remote. */
export function fetchPublished(directory: string, url: string | undefined): Published {
  mkdirSync(directory, { recursive: true });
  git(directory, ['init', '--quiet', '--bare', '--object-format=sha1', '--template=', '.']);
  if (url !== undefined) {
    git(directory, [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      url,
      '+refs/heads/*:refs/heads/*',
      '+refs/tags/*:refs/tags/*',
    ]);
  }
  const listed = git(directory, ['for-each-ref', '--format=%(refname) %(objectname) %(*objectname)']);
  const branches = new Map<string, string>();
  const tags = new Map<string, { id: string; commit: string }>();
  for (const line of listed.split('\n')) {
    const [ref = '', id = '', peeled = ''] = line.split(' ');
    if (ref.startsWith('refs/heads/')) branches.set(ref.slice('refs/heads/'.length), id);
    if (ref.startsWith('refs/tags/')) tags.set(ref.slice('refs/tags/'.length), { id, commit: peeled || id });
  }
  return {
    branches,
    tags,
    isInHistory: (ancestor, commit) =>
      tryGit(directory, ['merge-base', '--is-ancestor', ancestor, commit]).ok,
  };
}

/** What a commit had before it, so many commits ago; undefined where its history begins later. */
export function ancestorOf(directory: string, commit: string, generations: number): string | undefined {
  const { ok, stdout } = tryGit(directory, ['rev-parse', '--verify', '--quiet', `${commit}~${generations}`]);
  return ok ? stdout.trim() : undefined;
}

/**
 * Commits exactly these files. Everything in the commit is of the source commit or of the release, so that the same release on
 * the same parent has the same id wherever and whenever it is made.
 */
export function commitSnapshot(
  directory: string,
  files: readonly PublishedFile[],
  message: string,
  { author, committer }: Source,
  parent: string | undefined,
): string {
  const stream: (string | Buffer)[] = [
    `feature done\ncommit ${COMMIT}\nauthor ${author}\ncommitter ${committer}\n`,
    ...data(Buffer.from(message)),
    parent === undefined ? '' : `from ${parent}\n`,
    'deleteall\n',
    ...files.flatMap(({ path, content }) => [`M 100644 inline ${quotedPath(path)}\n`, ...data(content)]),
    'done\n',
  ];
  git(directory, ['fast-import', '--quiet'], Buffer.concat(stream.map((part) => Buffer.from(part))));
  return git(directory, ['rev-parse', COMMIT]).trim();
}

function data(content: Buffer): (string | Buffer)[] {
  return [`data ${content.length}\n`, content, '\n'];
}

function quotedPath(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
