import { ActionError } from '../action/errors.ts';

/** Where a Google API is reached: its public address, another host over TLS, or a plain port on loopback. */
export type Endpoint =
  | { kind: 'default' }
  | { kind: 'tls'; host: string; port: number }
  | { kind: 'loopback'; host: string; port: number };

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a URL's `hostname` is this machine, where credentials or the lack of TLS do no harm. */
export function isLoopbackName(hostname: string): boolean {
  return LOOPBACK.has(hostname);
}

/**
 * Reads one of gcloud's own variables, `CLOUDSDK_API_ENDPOINT_OVERRIDES_<API>`. Plain `http:` is accepted for loopback
 * alone, and no credentials are sent there.
 */
export function readEndpoint(variable: string, env: Record<string, string | undefined>): Endpoint {
  const text = env[variable];
  if (!text) return { kind: 'default' };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return { kind: 'tls', host: url.hostname, port: Number(url.port || 443) };
  if (url?.protocol === 'http:' && isLoopbackName(url.hostname)) {
    return { kind: 'loopback', host: url.hostname, port: Number(url.port || 80) };
  }
  throw new ActionError({
    what: `${variable} is "${text}", which is neither an https URL nor plain http on loopback`,
    state: 'Nothing was changed',
    next: 'Unset the variable, or give it a URL such as https://run.googleapis.com/ or http://127.0.0.1:8080/',
  });
}
