import type { Request } from './request.ts';

type Redirected = { ok: true; request: Request } | { ok: false; why: string };

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
 * become a GET. Another host is not asked: it would get what is meant for this one, and its answer says nothing about the
 * service; the page of a login that answers 200 would pass for it.
 */
export function redirected(request: Request, status: number, location: string): Redirected {
  if (!URL.canParse(location, request.url.href)) {
    return { ok: false, why: `redirects to "${location}", which is no URL` };
  }
  const url = new URL(location, request.url);
  if (!isSameHost(request.url, url)) {
    return {
      ok: false,
      why: `redirects to ${url.host ? `another host, ${url.protocol}//${url.host}` : url.protocol}, which a check does not follow; if that is as it should be, expect \`status: ${status}\` and the header \`location\``,
    };
  }
  const { method } = request;
  const becomesGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  return { ok: true, request: { ...(becomesGet ? withoutBody(request) : request), url } };
}
