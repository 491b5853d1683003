import zlib from 'node:zlib';
import { describeError } from '../action/errors.ts';

/** The longest body that is read, as it comes and unpacked; nothing that is checked is longer. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

export const TOO_LONG = 'the body is longer than 10 MiB, which is more than a check reads';

/** As curl: whoever uses more wants to keep us busy. */
const MAX_CODINGS = 5;

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Buffer;

/** Many servers leave the wrapper of zlib away, and clients read both (https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2). */
const inflateEither: Decoder = (body, options) =>
  ((body[0] ?? 0) & 0x0f) === 8 ? zlib.inflateSync(body, options) : zlib.inflateRawSync(body, options);

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', zlib.gunzipSync],
  ['x-gzip', zlib.gunzipSync],
  ['deflate', inflateEither],
  ['br', zlib.brotliDecompressSync],
  ['zstd', zlib.zstdDecompressSync],
]);

/** Throws with what is wrong; a coding that nobody asked for is not named, since its name comes from outside. */
function decodeOne(body: Buffer, coding: string): Buffer {
  const decoder = DECODERS.get(coding);
  if (!decoder) throw new Error('the body is in a content coding that was not asked for');
  try {
    return decoder(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw new Error(TOO_LONG, { cause: error });
    const why = `the body is not the ${coding} that it says it is: ${describeError(error)}`;
    throw new Error(why, { cause: error });
  }
}

/** A body without its content codings, the last one undone first. Throws with what is wrong with it. */
export function decode(body: Buffer, contentEncoding: string | readonly string[] | undefined): Buffer {
  const codings = [contentEncoding ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) {
    throw new Error(`the body is in ${codings.length} content codings, one around the other`);
  }
  return codings.reduceRight(
    (bytes, coding) => (bytes.length === 0 ? bytes : decodeOne(bytes, coding)),
    body,
  );
}
