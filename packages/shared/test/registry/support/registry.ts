import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

export function digestOf(body: string): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** What one test asks of the registry: it answers each request itself, or leaves it to the distribution API. */
export type Behaviour = {
  /** Manifests by `repository:tag`. */
  manifests?: Record<string, string>;
  contentType?: string;
  /** Left out for registries that send no `Docker-Content-Digest`. */
  digestHeader?: boolean;
  headStatus?: number;
  /** Requests must carry a bearer token that `/token` gave out. */
  challenge?: (origin: string) => string;
  tokenField?: 'token' | 'access_token';
  /** Which `authorization` the token service gives a token for; anything, unless given. */
  accepts?: (authorization: string | undefined) => boolean;
  answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
};

export type Seen = { method: string; url: string; host: string; authorization?: string; accept?: string };

/** The parts of the distribution API that a client needs to read digests, on loopback. */
export async function startRegistry(behaviour: Behaviour) {
  const seen: Seen[] = [];
  let origin = '';

  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const { authorization, accept } = request.headers;
    const host = request.headers['x-asked-host'] ?? request.headers.host ?? '';
    seen.push({
      method,
      url,
      host: String(host),
      ...(authorization ? { authorization } : {}),
      ...(accept ? { accept } : {}),
    });
    if (behaviour.answer?.(request, response)) return;
    if (url.startsWith('/token')) return token(authorization, response);
    manifest(method, url, authorization, response);
  });

  function token(authorization: string | undefined, response: ServerResponse): void {
    if (behaviour.accepts?.(authorization) === false) {
      response.writeHead(401).end();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ [behaviour.tokenField ?? 'token']: 'registry-token' }));
  }

  function manifest(
    method: string,
    url: string,
    authorization: string | undefined,
    response: ServerResponse,
  ): void {
    const { challenge, contentType = OCI_INDEX, digestHeader = true, headStatus, manifests = {} } = behaviour;
    if (challenge && authorization !== 'Bearer registry-token') {
      response.writeHead(401, { 'www-authenticate': challenge(origin) }).end();
      return;
    }
    const [, repository, tag] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url) ?? [];
    const body = manifests[`${repository}:${tag}`];
    if (method === 'HEAD' && headStatus) {
      response.writeHead(headStatus).end();
    } else if (body === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }));
    } else {
      response.setHeader('content-type', contentType);
      if (digestHeader) response.setHeader('docker-content-digest', digestOf(body));
      response.end(method === 'HEAD' ? undefined : body);
    }
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  origin = `http://${host}`;
  return {
    host,
    seen,
    /** `fetch`, with every https host led to this server; the host that was asked for travels along. */
    fetch: ((input: URL, init: RequestInit) => {
      if (input.protocol !== 'https:') return fetch(input, init);
      const target = new URL(`${input.pathname}${input.search}`, origin);
      return fetch(target, { ...init, headers: { ...init.headers, 'x-asked-host': input.host } });
    }) as typeof fetch,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
