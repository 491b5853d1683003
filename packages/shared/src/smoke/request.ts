import type { Check } from './check.ts';
import { render, renderJson, type Variables } from './template.ts';

/** What is sent for a check. */
export type Request = {
  method: string;
  url: URL;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
};

/** Seen in the service's own logs. */
const USER_AGENT = 'apex-actions-smoke-test';
const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  text: 'text/plain; charset=utf-8',
};

/** A captured path may not lead elsewhere: what is sent along is for this host. */
export class LeadsElsewhere extends Error {
  override readonly name = 'LeadsElsewhere';
}

/** JavaScript's JSON has halves of characters, and percent-encoding throws at them. */
function percentEncoded(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/**
 * A path is relative to the URL that is checked, whose own path it follows. One that begins with a variable is where that
 * leads; only the variables after it are parts of a path.
 */
function urlOf(check: Check, base: URL, variables: Variables): URL {
  const [start = ''] = /^\$\{[^}]*\}/.exec(check.path) ?? [];
  const isWhole = start !== '';
  const path = render(start, variables) + render(check.path.slice(start.length), variables, percentEncoded);
  const relative = isWhole ? path : `${base.pathname.replace(/\/$/, '')}${path}`;
  if (!URL.canParse(relative, base.href)) throw new LeadsElsewhere(`${check.path} is no path`);
  const url = new URL(relative, base);
  if (url.origin !== base.origin) throw new LeadsElsewhere(`${check.path} leads to ${url.origin}`);
  url.hash = '';
  return url;
}

function bodyOf({ body }: Check, variables: Variables): string | undefined {
  switch (body?.kind) {
    case undefined:
      return undefined;
    case 'json':
      return JSON.stringify(renderJson(body.json, variables));
    case 'form':
      return new URLSearchParams(
        Object.entries(body.fields).map(([name, value]): [string, string] => [
          name,
          render(value, variables),
        ]),
      ).toString();
    case 'text':
      return render(body.text, variables);
  }
}

/**
 * The request of a check. An ID token goes into `authorization`, or where the check sends one of its own, into
 * `x-serverless-authorization`, which Cloud Run checks instead and takes away
 * (https://docs.cloud.google.com/run/docs/authenticating/service-to-service). Throws `MissingVariable`, `LeadsElsewhere`.
 */
export function requestOf(
  check: Check,
  base: URL,
  variables: Variables,
  idToken: string | undefined,
): Request {
  const own = Object.entries(check.headers).map(([name, value]) => [
    name.toLowerCase(),
    // A line end would begin another header.
    render(value, variables)
      .replace(/[\r\n]+/g, ' ')
      .trim(),
  ]);
  const body = bodyOf(check, variables);
  const headers: Record<string, string> = {
    'user-agent': USER_AGENT,
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br, zstd',
    ...(check.body ? { 'content-type': CONTENT_TYPES[check.body.kind] } : {}),
    ...Object.fromEntries(own),
  };
  if (idToken !== undefined) {
    const name = headers.authorization === undefined ? 'authorization' : 'x-serverless-authorization';
    headers[name] = `Bearer ${idToken}`;
  }
  return { method: check.method, url: urlOf(check, base, variables), headers, body };
}
