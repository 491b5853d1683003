import { isLoopback } from './loopback.ts';

export type Fetch = typeof globalThis.fetch;
export type Send = (
  url: URL,
  method: 'HEAD' | 'GET' | 'PUT',
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer>,
) => Promise<Response>;

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Plain HTTP is for registries on this machine, and none elsewhere may send us to it. */
function mayAsk(url: URL, from: URL): boolean {
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.host) && isLoopback(from.host))
  );
}

/**
 * Requests with a time-out of 10 s each, body included. Redirects are followed here, at most 5, so that an
 * `authorization` header stays with the origin it was meant for. Throws where there is no answer.
 */
export function createSend(fetch: Fetch, signal: AbortSignal | undefined): Send {
  return async (start, method, headers, body) => {
    let url = start;
    let sent = headers;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      if (!mayAsk(url, start)) throw new Error(`refused to ask ${url.origin}: only https is safe there`);
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, {
        method,
        headers: sent,
        redirect: 'manual',
        ...(body ? { body } : {}),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null) return response;
      await response.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== url.origin) {
        const { authorization: _, ...rest } = sent;
        sent = rest;
      }
      url = next;
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirects`);
  };
}

/** The body, up to a number of bytes; throws where there are more. */
export async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
