import { describeError } from '../action/errors.ts';
import { readBody } from './http.ts';
import { digestOf, MANIFEST_TYPES, MAX_MANIFEST_BYTES, typeOf } from './manifest.ts';
import { type ImageReference, isDigest } from './reference.ts';
import { createAsk, type RegistryOptions } from './requests.ts';

export type { RegistryOptions } from './requests.ts';

/** The digest (`sha256:…`), or why there is none; `missing` when the registry answered that it has no such image. */
export type Resolution = { digest: string } | { unresolved: string; missing: boolean };

export type RegistryClient = {
  /** Never throws for what a registry does; rejects with the signal's reason when that is aborted. */
  resolveDigest(image: ImageReference): Promise<Resolution>;
};

const HINTS: Readonly<Record<number, string>> = {
  401: ': it wants credentials that this step does not have for it',
  403: ': these credentials may not read it (on Artifact Registry: roles/artifactregistry.reader)',
  429: ': too many requests',
};

/** Answers after which asking again with GET would tell nothing more. */
const FINAL = new Set([401, 403, 404, 429]);

function namedDigest(response: Response): string | undefined {
  const digest = response.headers.get('docker-content-digest') ?? '';
  return response.ok && isDigest(digest) ? digest : undefined;
}

function refusal({ registry, repository, tag }: ImageReference, status: number): Resolution {
  const missing = status === 404;
  const hint = missing ? ` for tag ${tag ?? 'latest'} of ${repository}` : (HINTS[status] ?? '');
  return { unresolved: `${registry} answered ${status}${hint}`, missing };
}

/** The sha256 of a manifest; not of a page that a proxy put in its place. */
async function computedDigest(response: Response): Promise<string> {
  const type = typeOf(response);
  if (!MANIFEST_TYPES.includes(type)) {
    await response.body?.cancel();
    throw new Error(`an answer of type ${type || 'unknown'} is no manifest`);
  }
  return digestOf(await readBody(response, MAX_MANIFEST_BYTES));
}

/** Reads digests over the distribution API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). */
export function createRegistryClient(options: RegistryOptions = {}): RegistryClient {
  const registry = createAsk(options);

  async function resolve(image: ImageReference): Promise<Resolution> {
    const headers = { accept: MANIFEST_TYPES.join(', ') };
    const path = `manifests/${image.tag ?? 'latest'}`;
    const head = await registry(image, { method: 'HEAD', path, headers });
    const named = namedDigest(head);
    if (named !== undefined) return { digest: named };
    if (FINAL.has(head.status)) return refusal(image, head.status);

    const whole = await registry(image, { method: 'GET', path, headers });
    if (whole.ok) return { digest: namedDigest(whole) ?? (await computedDigest(whole)) };
    await whole.body?.cancel();
    return refusal(image, whole.status);
  }

  return {
    async resolveDigest(image) {
      if (image.digest !== undefined) return { digest: image.digest };
      try {
        return await resolve(image);
      } catch (error) {
        options.signal?.throwIfAborted();
        return {
          unresolved: `${image.registry} could not be asked: ${describeError(error)}`,
          missing: false,
        };
      }
    },
  };
}
