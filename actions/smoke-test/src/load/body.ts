import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** The longest body that a check can look at, as it comes and unpacked. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const OPTIONS = { maxOutputLength: MAX_BODY_BYTES };

/** What servers call `deflate` is sometimes zlib's format, as it should be, and sometimes the bare one (RFC 9110, 8.4.1.2). */
function inflate(body: Buffer, options: typeof OPTIONS): Buffer {
  const isZlib = ((body[0] ?? 0) & 0x0f) === 8;
  return isZlib ? inflateSync(body, options) : inflateRawSync(body, options);
}

const DECODERS: Readonly<Record<string, (body: Buffer, options: typeof OPTIONS) => Buffer>> = {
  identity: (body) => body,
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  br: brotliDecompressSync,
  deflate: inflate,
  zstd: zstdDecompressSync,
};

/**
 * The body without what `content-encoding` says was done to it, last thing first. Throws an error with the reason where it
 * is of another kind, damaged, or longer than `MAX_BODY_BYTES` unpacked. It blocks meanwhile, as the check of the body
 * will.
 */
export function decoded(body: Buffer, contentEncoding: string): Buffer {
  const encodings = contentEncoding.split(',').map((encoding) => encoding.trim().toLowerCase());
  return encodings.reduceRight((bytes, encoding) => {
    const decode = DECODERS[encoding];
    // Without its name, which comes from outside and may be anything.
    if (!decode) throw new Error(`content-encoding is not one of ${Object.keys(DECODERS).join(', ')}`);
    try {
      return decode(bytes, OPTIONS);
    } catch (cause) {
      throw new Error(
        cause instanceof RangeError
          ? `the body is longer than ${MAX_BODY_BYTES} bytes unpacked`
          : `the body is not valid ${encoding}`,
        { cause },
      );
    }
  }, body);
}
