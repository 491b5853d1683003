import { ActionError } from '../action/errors.ts';
import type { Log } from '../action/log.ts';
import { type ImageReference, withDigest } from './reference.ts';
import type { RegistryClient } from './resolve.ts';

/**
 * The image by digest, so that what is judged is what is promoted, even if the tag moves. Where the registry does not
 * answer us the tag is used as given (Cloud Run resolves it itself).
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
    `The digest of ${image.text} could not be read (${answer.unresolved}); the tag is used as it is`,
  );
  return { image: image.text, resolved: false };
}
