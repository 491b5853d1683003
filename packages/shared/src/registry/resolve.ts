import { createHash } from 'node:crypto';
import { describeError } from '../action/errors.ts';
import type { ImageReference } from './reference.ts';

/** The digest, or why there is none; `missing` when the registry answered that it has no such image. */
export type Resolution = { digest: string } | { unresolved: string; missing: boolean };

export type RegistryClient = { resolveDigest(image: ImageReference): Promise<Resolution> };

type Options = {
  /** An access token of Google's; sent to Google's registries alone. */
  accessToken: () => Promise<string | undefined>;
  signal: AbortSignal;
};

const TIMEOUT_MS = 10_000;

/** Every kind of manifest, indexes first: an index must not be answered with one of its platforms. */
const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

function baseUrl(registry: string): string {
  if (registry === 'docker.io') return 'https://registry-1.docker.io';
  const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(registry);
  return `${loopback ? 'http' : 'https'}://${registry}`;
}

function isGoogles(registry: string): boolean {
  return /(^|\.)gcr\.io$/.test(registry) || /(^|-)docker\.pkg\.dev$/.test(registry);
}

/** `Bearer realm="…",service="…",scope="…"` → its parameters (https://distribution.github.io/distribution/spec/auth/token/). */
function challengeOf(header: string | null): { realm: string; query: URLSearchParams } | undefined {
  if (!header?.toLowerCase().startsWith('bearer ')) return undefined;
  const parameters = new Map(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key ?? '', value ?? '']),
  );
  const realm = parameters.get('realm');
  if (!realm || !URL.canParse(realm)) return undefined;
  parameters.delete('realm');
  return { realm, query: new URLSearchParams([...parameters]) };
}

/** Reads digests over the distribution API (https://github.com/opencontainers/distribution-spec). */
export function createRegistryClient({ accessToken, signal }: Options): RegistryClient {
  const request = (url: string, method: string, headers: Record<string, string>) =>
    fetch(url, { method, headers, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });

  /** The answer to a challenge: anonymous, for a public image. Credentials of ours go to Google's registries only. */
  async function anonymousToken(header: string | null): Promise<string | undefined> {
    const challenge = challengeOf(header);
    if (!challenge) return undefined;
    const response = await request(`${challenge.realm}?${challenge.query}`, 'GET', {});
    const body: unknown = response.ok ? await response.json() : undefined;
    if (typeof body !== 'object' || body === null) return undefined;
    const token = 'token' in body ? body.token : 'access_token' in body ? body.access_token : undefined;
    return typeof token === 'string' ? token : undefined;
  }

  async function manifest(image: ImageReference, method: 'HEAD' | 'GET'): Promise<Response> {
    const url = `${baseUrl(image.registry)}/v2/${image.repository}/manifests/${image.tag ?? 'latest'}`;
    const googleToken = isGoogles(image.registry) ? await accessToken() : undefined;
    const bearer = (token: string | undefined) => (token ? { authorization: `Bearer ${token}` } : {});
    const first = await request(url, method, { accept: MANIFEST_TYPES, ...bearer(googleToken) });
    if (first.status !== 401) return first;
    const token = await anonymousToken(first.headers.get('www-authenticate'));
    return token ? request(url, method, { accept: MANIFEST_TYPES, ...bearer(token) }) : first;
  }

  return {
    async resolveDigest(image) {
      try {
        const head = await manifest(image, 'HEAD');
        const named = head.headers.get('docker-content-digest');
        if (head.ok && named) return { digest: named };
        if (head.status === 404) return { unresolved: `${image.registry} answered 404`, missing: true };
        const whole = await manifest(image, 'GET');
        if (!whole.ok)
          return { unresolved: `${image.registry} answered ${whole.status}`, missing: whole.status === 404 };
        const digest = createHash('sha256')
          .update(Buffer.from(await whole.arrayBuffer()))
          .digest('hex');
        return { digest: `sha256:${digest}` };
      } catch (error) {
        signal.throwIfAborted();
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
        return { unresolved: `${image.registry} did not answer: ${describeError(cause)}`, missing: false };
      }
    },
  };
}
