import type { Request } from './request.ts';

export type Redirected = { ok: true; request: Request } | { ok: false; why: string };

/** What another host may see of a check: nothing that it was given. */
const HARMLESS = new Set(['user-agent', 'accept', 'accept-encoding']);

/** http to https on the same name and the default ports is the same host, more safely; the other way is another one. */
function isSameHost(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  return (
    from.protocol === 'http:' &&
    to.protocol === 'https:' &&
    from.hostname === to.hostname &&
    from.port === '' &&
    to.port === ''
  );
}

function withoutBody({ headers, ...request }: Request): Request {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith('content-'));
  return { ...request, method: 'GET', headers: Object.fromEntries(kept), body: undefined };
}

/**
 * The request that follows a redirect (https://fetch.spec.whatwg.org/#http-redirect-fetch): 303, and 301 or 302 after a POST,
 * become a GET. Another host gets no header that the check gave, no token, and never a body.
 */
export function redirected(request: Request, status: number, location: string): Redirected {
  if (!URL.canParse(location, request.url.href))
    return { ok: false, why: `redirects to "${location}", which is no URL` };
  const url = new URL(location, request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { ok: false, why: `redirects to ${url.protocol}, which is not HTTP` };
  }
  const { method } = request;
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  const next = { ...(becomesGet ? withoutBody(request) : request), url };
  if (isSameHost(request.url, url)) return { ok: true, request: next };
  if (next.body !== undefined) {
    return {
      ok: false,
      why: `redirects a ${method} with its body to another host, ${url.host}, which a check does not follow`,
    };
  }
  const headers = Object.entries(next.headers).filter(([name]) => HARMLESS.has(name));
  return { ok: true, request: { ...next, headers: Object.fromEntries(headers) } };
}
