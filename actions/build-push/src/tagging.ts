import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { StoredManifest } from '@apex-actions/shared/registry/images';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import type { Deps } from './deps.ts';
import { tagged } from './names.ts';

/**
 * Lets tags name an image that is in the repository already: an index with all its platforms and attestations, since
 * only the tag's own manifest is written. Nothing is pulled.
 */
export async function giveTags(
  repository: ImageReference,
  manifest: StoredManifest,
  names: readonly string[],
  { images, log }: Deps,
): Promise<void> {
  const done: string[] = [];
  for (const name of names) {
    const target = tagged(repository, { name });
    try {
      await images.tag(repository, name, manifest);
      const found = await images.manifest(repository, name);
      if (found?.digest !== manifest.digest) throw new Error(`it names ${found?.digest ?? 'nothing'} now`);
    } catch (cause) {
      throw new ActionError({
        what: `The tag ${target} could not be given to ${manifest.digest}: ${describeError(cause)}`,
        state:
          done.length === 0
            ? 'No tag was moved'
            : `These name the image: ${done.join(', ')}; the rest are as they were`,
        next: 'Check that this job may write there, and run it again: what is done already does no harm',
        cause,
      });
    }
    log.info(`${target} is ${manifest.digest}`);
    done.push(target);
  }
}
