import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Images, StoredManifest } from '@apex-actions/shared/registry/images';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import type { Tag } from '@apex-actions/shared/registry/tags';
import { nameOf, tagged } from './names.ts';

export type Existing = { tag: Tag; manifest: StoredManifest };

/** The immutable ones of some tags that the registry has already. */
export async function existingTags(
  images: Images,
  repository: ImageReference,
  tags: readonly Tag[],
): Promise<Existing[]> {
  const look = async (tag: Tag): Promise<Existing[]> => {
    const manifest = await images.manifest(repository, tag.name);
    return manifest ? [{ tag, manifest }] : [];
  };
  try {
    return (await Promise.all(tags.filter(({ immutable }) => immutable).map(look))).flat();
  } catch (cause) {
    throw new ActionError({
      what: `The tags of ${nameOf(repository)} could not be looked at: ${describeError(cause)}`,
      state: 'Nothing was built or pushed',
      next: 'Check `image`, and that this job is logged in there: google-github-actions/auth for Artifact Registry (roles/artifactregistry.writer), docker/login-action for others',
      cause,
    });
  }
}

/** The error of a tag that would have to move. */
export function taken(repository: ImageReference, { tag, manifest }: Existing, why: string): ActionError {
  return new ActionError({
    what: `${tagged(repository, tag)} exists already, as ${manifest.digest}, ${why}; a tag that is named after a commit or a version never moves`,
    state: 'Nothing was built or pushed',
    next: 'Use that image by its digest, or give this one another name with `tags`',
  });
}
