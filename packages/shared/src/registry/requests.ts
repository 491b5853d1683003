import { type AccessToken, answerChallenge, type Logins } from './authorization.ts';
import { createSend, type Fetch } from './http.ts';
import { isLoopback } from './loopback.ts';
import type { ImageReference } from './reference.ts';

export type RegistryOptions = {
  /** An access token of Google's; sent to Google's registries alone. */
  accessToken?: AccessToken;
  /** What somebody logged in with before, which goes before the access token. */
  logins?: Logins;
  signal?: AbortSignal;
  fetch?: Fetch;
};

type Repository = Pick<ImageReference, 'registry' | 'repository'>;

export type RegistryRequest = {
  method: 'HEAD' | 'GET' | 'PUT';
  /** Below the repository, such as `manifests/latest`. */
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
};

export type AskRegistry = (repository: Repository, request: RegistryRequest) => Promise<Response>;

/**
 * Requests of the distribution API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). A 401 is
 * answered once; what it was answered with is kept for the repository. Throws where a registry does not answer.
 */
export function createAsk({
  fetch = globalThis.fetch,
  accessToken,
  logins,
  signal,
}: RegistryOptions): AskRegistry {
  const send = createSend(fetch, signal);
  const known = new Map<string, string>();
  return async ({ registry, repository }, { method, path, headers = {}, body }) => {
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    const asked = new URL(`${isLoopback(host) ? 'http' : 'https'}://${host}/v2/${repository}/${path}`);
    const key = `${registry}/${repository}`;
    const ask = (authorization: string | undefined) =>
      send(asked, method, authorization === undefined ? headers : { ...headers, authorization }, body);

    const first = await ask(known.get(key));
    if (first.status !== 401) return first;
    const authorization = await answerChallenge(first, {
      asked,
      repository,
      send,
      ...(accessToken ? { accessToken } : {}),
      ...(logins ? { logins } : {}),
    });
    if (authorization === undefined || authorization === known.get(key)) return first;
    known.set(key, authorization);
    await first.body?.cancel();
    return ask(authorization);
  };
}
