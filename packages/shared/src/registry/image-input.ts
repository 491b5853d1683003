import type { InputReader } from '../action/inputs.ts';
import { type ImageReference, parseImageReference } from './reference.ts';

/** The required input `image`; absent only where a problem was reported. */
export function readImage(reader: InputReader): ImageReference | undefined {
  return parsed(reader, reader.requiredText('image'));
}

/** The input `image` where it may be left out. */
export function readOptionalImage(reader: InputReader): ImageReference | undefined {
  return parsed(reader, reader.text('image') ?? '');
}

function parsed(reader: InputReader, text: string): ImageReference | undefined {
  const image = parseImageReference(text);
  if (text && !image) {
    const accepted =
      'an image reference such as `europe-west1-docker.pkg.dev/project/repository/image@sha256:…`';
    reader.problem('image', text, accepted);
  }
  return image;
}
