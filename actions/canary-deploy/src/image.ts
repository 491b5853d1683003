import { ActionError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { type ImageReference, withDigest } from '@apex-actions/shared/registry/reference';
import type { RegistryClient } from '@apex-actions/shared/registry/resolve';

/**
 * The image by digest, so that what is judged is what is promoted, even if the tag moves. Where the registry does not
 * answer us the tag is deployed as given (Cloud Run resolves it itself when it creates the revision).
 */
export async function resolveImage(
  image: ImageReference,
  registry: RegistryClient,
  log: Log,
): Promise<{ image: string; resolved: boolean }> {
  if (image.digest) return { image: image.text, resolved: true };
  const answer = await registry.resolveDigest(image);
  if ('digest' in answer) {
    const exact = withDigest(image, answer.digest);
    log.info(`${image.text} is ${exact}`);
    return { image: exact, resolved: true };
  }
  if (answer.missing) {
    throw new ActionError({
      what: `The registry has no image ${image.text}: ${answer.unresolved}`,
      state: 'Nothing was changed',
      next: 'Push the image first, or correct the input `image`',
    });
  }
  log.warning(
    `The digest of ${image.text} could not be read (${answer.unresolved}); deploying the tag as it is`,
  );
  return { image: image.text, resolved: false };
}
