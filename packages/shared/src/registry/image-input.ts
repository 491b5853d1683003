import type { InputReader } from '../action/inputs.ts';
import { type ImageReference, parseImageReference } from './reference.ts';

/** The required input `image`; absent only where a problem was reported. */
export function readImage(reader: InputReader): ImageReference | undefined {
  const text = reader.requiredText('image');
  const image = parseImageReference(text);
  if (text && !image) {
    const accepted =
      'an image reference such as `europe-west1-docker.pkg.dev/project/repository/image@sha256:…`';
    reader.problem('image', text, accepted);
  }
  return image;
}
