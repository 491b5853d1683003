import { join } from 'node:path';
import { type Publication, type PublishedFile, readActions, readWorkflows } from './files.ts';
import { calledWorkflows, pinActions } from './pins.ts';
import { OWNER, type Places, publishedReadme } from './places.ts';
import { planRelease, type RefUpdate } from './plan.ts';
import { ancestorOf, commitSnapshot, fetchPublished } from './snapshot.ts';
import { type Source, sourceFiles } from './source.ts';
import type { Version } from './version.ts';

/** What one repository gets, committed in a local one and ready to be pushed. */
export interface Prepared extends Publication {
  readonly url: string | undefined;
  /** The local repository. */
  readonly directory: string;
  readonly commit: string;
  /** Empty where the remote has all of it already. */
  readonly updates: readonly RefUpdate[];
}

/** Makes all that a release publishes, below `directory`: the actions, and then the workflows that name their commits. */
export function prepareRelease(
  source: Source,
  version: Version,
  directory: string,
  urlOf: (name: string) => string | undefined,
): Prepared[] {
  const actions = readActions(source.root);
  const workflows = readWorkflows(source.root);
  const publications = workflows === undefined ? actions : [...actions, workflows];
  const places = { version, source, sourceFiles: sourceFiles(source.root), publications };
  const prepare = (name: string, snapshots: readonly Snapshot[]): Prepared =>
    prepareOne(name, snapshots, source, version, join(directory, name), urlOf(name));

  const prepared = actions.map((action) => {
    const { files } = withPublishedReadme(action, places);
    return prepare(action.name, [() => files]);
  });
  if (workflows === undefined) return prepared;
  const commits = new Map(prepared.map(({ name, commit }) => [name, commit]));
  const snapshots = workflowSnapshots(withPublishedReadme(workflows, places), commits, version);
  return [...prepared, prepare(workflows.name, snapshots)];
}

/** The files of a commit, which may name the commit before it. */
type Snapshot = (before: string | undefined) => readonly PublishedFile[];

/**
 * A workflow that calls another one of the release names its commit, as it does that of an action. No commit can name itself, so
 * those that are called come in a commit of their own, before the one that has everything.
 */
function workflowSnapshots(
  { name, files }: Publication,
  commits: ReadonlyMap<string, string>,
  version: Version,
): Snapshot[] {
  const callsOf = ({ path, content }: PublishedFile) =>
    path.endsWith('.yml') ? calledWorkflows(content.toString('utf8')) : [];
  const called = files.filter((file) => callsOf(file).length === 0);
  if (called.length === files.length) return [() => withPins(files, commits, version)];
  for (const file of files) {
    for (const { path, line } of callsOf(file)) {
      if (called.some((each) => each.path === path)) continue;
      const what = files.some((each) => each.path === path)
        ? 'calls another workflow itself'
        : 'is not in this release';
      const name = path.split('/').at(-1);
      throw new Error(`${file.source}:${line} calls ${name}, which ${what}. Nothing was pushed.`);
    }
  }
  return [
    () => withPins(called, commits, version),
    (before = '') => withPins(files, new Map([...commits, [name, before]]), version),
  ];
}

function prepareOne(
  name: string,
  snapshots: readonly Snapshot[],
  source: Source,
  version: Version,
  directory: string,
  url: string | undefined,
): Prepared {
  try {
    const published = fetchPublished(directory, url);
    const plan = planRelease(version, published);
    let commit = plan.kind === 'push' ? plan.parent : ancestorOf(directory, plan.commit, snapshots.length);
    let files: readonly PublishedFile[] = [];
    for (const snapshot of snapshots) {
      files = snapshot(commit);
      commit = commitSnapshot(directory, files, message(name, source, version), source, commit);
    }
    if (commit === undefined) throw new Error('a release without a snapshot');
    if (plan.kind === 'compare' && plan.commit !== commit) {
      throw new Error(
        `It has ${version.tag} already, at ${plan.commit}, and that is not what this commit and these bundles make (${commit}). An exact tag never changes: release this as a new version.`,
      );
    }
    return {
      name,
      files,
      url,
      directory,
      commit,
      updates: plan.kind === 'push' ? plan.updates : [],
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${OWNER}/${name} cannot get ${version.tag}; this run pushed nothing. ${reason}`);
  }
}

function message(name: string, { url, commit }: Source, { tag }: Version): string {
  return `${name} ${tag}\n\nSource: ${url}/tree/${commit}\n`;
}

function withPublishedReadme(publication: Publication, places: Places): Publication {
  const files = publication.files.map((file) =>
    file.path === 'README.md' ? { ...file, content: publishedReadme(file, publication, places) } : file,
  );
  return { ...publication, files };
}

function withPins(
  files: readonly PublishedFile[],
  commits: ReadonlyMap<string, string>,
  version: Version,
): PublishedFile[] {
  return files.map((file) => {
    if (!file.path.endsWith('.yml')) return file;
    const pinned = pinActions(file.content.toString('utf8'), file.source, commits, version);
    return { ...file, content: Buffer.from(pinned) };
  });
}
