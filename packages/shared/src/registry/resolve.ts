import { createHash } from 'node:crypto';
import { describeError } from '../action/errors.ts';
import { type AccessToken, answerChallenge } from './authorization.ts';
import { createSend, type Fetch, readBody } from './http.ts';
import { isLoopback } from './loopback.ts';
import { type ImageReference, isDigest } from './reference.ts';

/** The digest (`sha256:…`), or why there is none; `missing` when the registry answered that it has no such image. */
export type Resolution = { digest: string } | { unresolved: string; missing: boolean };

export type RegistryClient = {
  /** Never throws for what a registry does; rejects with the signal's reason when that is aborted. */
  resolveDigest(image: ImageReference): Promise<Resolution>;
};

export type RegistryOptions = {
  /** An access token of Google's; sent to Google's registries alone. */
  accessToken?: AccessToken;
  signal?: AbortSignal;
  fetch?: Fetch;
};

/** Every kind of manifest; without the indexes a registry would answer with one of its platforms. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** The size that the distribution specification asks registries to accept. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const HINTS: Readonly<Record<number, string>> = {
  401: ': it wants credentials that this step does not have for it',
  403: ': these credentials may not read it (on Artifact Registry: roles/artifactregistry.reader)',
  429: ': too many requests',
};

/** Answers after which asking again with GET would tell nothing more. */
const FINAL = new Set([401, 403, 404, 429]);

function manifestUrl({ registry, repository, tag }: ImageReference): URL {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  return new URL(
    `${isLoopback(host) ? 'http' : 'https'}://${host}/v2/${repository}/manifests/${tag ?? 'latest'}`,
  );
}

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
  const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (!MANIFEST_TYPES.includes(type)) {
    await response.body?.cancel();
    throw new Error(`an answer of type ${type || 'unknown'} is no manifest`);
  }
  const manifest = await readBody(response, MAX_MANIFEST_BYTES);
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

/** Reads digests over the distribution API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). */
export function createRegistryClient(options: RegistryOptions = {}): RegistryClient {
  const { fetch = globalThis.fetch, accessToken = async () => undefined, signal } = options;
  const send = createSend(fetch, signal);

  async function resolve(image: ImageReference): Promise<Resolution> {
    const asked = manifestUrl(image);
    const headers: Record<string, string> = { accept: MANIFEST_TYPES.join(', ') };

    const ask = async (method: 'HEAD' | 'GET') => {
      const response = await send(asked, method, headers);
      if (response.status !== 401 || headers.authorization) return response;
      const { repository } = image;
      const authorization = await answerChallenge(response, { asked, repository, send, accessToken });
      if (authorization === undefined) return response;
      await response.body?.cancel();
      headers.authorization = authorization;
      return send(asked, method, headers);
    };

    const head = await ask('HEAD');
    const named = namedDigest(head);
    if (named !== undefined) return { digest: named };
    if (FINAL.has(head.status)) return refusal(image, head.status);

    const whole = await ask('GET');
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
        signal?.throwIfAborted();
        return {
          unresolved: `${image.registry} could not be asked: ${describeError(error)}`,
          missing: false,
        };
      }
    },
  };
}
