import { isNewer, majorTag, parseVersion, releaseBranch, type Version } from './version.ts';

/** What a published repository has, before this release. */
export interface Published {
  /** Commits of branches, by name. */
  readonly branches: ReadonlyMap<string, string>;
  /** Tags by name; `id` is not the commit where the tag is an object of its own. */
  readonly tags: ReadonlyMap<string, { readonly id: string; readonly commit: string }>;
  isInHistory(ancestor: string, commit: string): boolean;
}

export interface RefUpdate {
  readonly ref: string;
  /** What the remote must still have when the push comes; undefined where there must be nothing. */
  readonly from: string | undefined;
}

export type Plan =
  /** The exact tag is there. It must hold what this release would make, on the parent that its commit has. */
  | { readonly kind: 'compare'; readonly commit: string }
  /** All of `updates` to a commit on `parent`. */
  | { readonly kind: 'push'; readonly parent: string | undefined; readonly updates: readonly RefUpdate[] };

/** What a release has to do in one repository. Throws where it would have to break a promise that an earlier one made. */
export function planRelease(version: Version, published: Published): Plan {
  const { branches, tags } = published;
  const branch = releaseBranch(version);
  const moving = majorTag(version);
  const tip = branches.get(branch);

  const ambiguous = [...branches.keys()].find(
    (name) => name === moving || name === version.tag || tags.has(name),
  );
  if (ambiguous !== undefined) {
    throw new Error(
      `It has a branch named ${ambiguous}, so that "@${ambiguous}" could mean the branch or the tag. Delete the branch.`,
    );
  }

  const finals = [...tags].flatMap(([tag, { commit }]) => {
    const found = parseVersion(tag);
    const counts = found !== undefined && !found.isPrerelease && majorTag(found) === moving;
    return counts ? [{ version: found, commit }] : [];
  });
  const lost = finals.find(({ commit }) => tip === undefined || !published.isInHistory(commit, tip));
  if (lost !== undefined) {
    throw new Error(
      `Its branch ${branch} no longer holds ${lost.version.tag} (${lost.commit}), so somebody rewrote or deleted it. Put the branch back to the commit of the newest version.`,
    );
  }

  const exact = tags.get(version.tag);
  if (exact !== undefined) return { kind: 'compare', commit: exact.commit };

  const exactUpdate = { ref: `refs/tags/${version.tag}`, from: undefined };
  // Who locked one keeps it by its tag; the branch is for what everyone gets.
  if (version.isPrerelease) return { kind: 'push', parent: tip, updates: [exactUpdate] };

  const updates = [{ ref: `refs/heads/${branch}`, from: tip }, exactUpdate];
  if (finals.some((other) => isNewer(other.version, version))) return { kind: 'push', parent: tip, updates };

  const current = tags.get(moving);
  if (current !== undefined && (tip === undefined || !published.isInHistory(current.commit, tip))) {
    throw new Error(
      `Its tag ${moving} is at ${current.commit}, which is not in the history of ${branch}, so moving it would lose that commit to those who locked it. Put ${moving} on the commit of a version.`,
    );
  }
  return {
    kind: 'push',
    parent: tip,
    updates: [...updates, { ref: `refs/tags/${moving}`, from: current?.id }],
  };
}
