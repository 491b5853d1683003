import { join } from 'node:path';
import { type Publication, readActions, readWorkflows } from './files.ts';
import { pinActions } from './pins.ts';
import { OWNER, type Places, publishedReadme } from './places.ts';
import { planRelease, type RefUpdate } from './plan.ts';
import { commitSnapshot, fetchPublished, parentOf } from './snapshot.ts';
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
  const prepare = (publication: Publication): Prepared =>
    prepareOne(publication, source, version, join(directory, publication.name), urlOf(publication.name));

  const prepared = actions.map((action) => prepare(withPublishedReadme(action, places)));
  if (workflows === undefined) return prepared;
  const commits = new Map(prepared.map(({ name, commit }) => [name, commit]));
  return [...prepared, prepare(withPins(withPublishedReadme(workflows, places), commits, version))];
}

function prepareOne(
  publication: Publication,
  source: Source,
  version: Version,
  directory: string,
  url: string | undefined,
): Prepared {
  const { name, files } = publication;
  try {
    const published = fetchPublished(directory, url);
    const plan = planRelease(version, published);
    const parent = plan.kind === 'push' ? plan.parent : parentOf(directory, plan.commit);
    const commit = commitSnapshot(directory, files, message(name, source, version), source, parent);
    if (plan.kind === 'compare' && plan.commit !== commit) {
      throw new Error(
        `It has ${version.tag} already, at ${plan.commit}, and that is not what this commit and these bundles make (${commit}). An exact tag never changes: release this as a new version.`,
      );
    }
    return {
      ...publication,
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
  publication: Publication,
  commits: ReadonlyMap<string, string>,
  version: Version,
): Publication {
  const files = publication.files.map((file) => {
    if (!file.path.endsWith('.yml')) return file;
    const pinned = pinActions(file.content.toString('utf8'), file.source, commits, version);
    return { ...file, content: Buffer.from(pinned) };
  });
  return { ...publication, files };
}
