import { headerOf, type Response, textOfBody } from './response.ts';
import type { NoAnswer, NoAnswerKind } from './send.ts';

const NO_ANSWER: Readonly<Record<NoAnswerKind, string>> = {
  refused:
    'nothing listens there: look whether the service is up, and whether host and port of the URL are right',
  dns: 'no such host: check the URL; the name of a new domain may take a while to spread',
  tls: 'the certificate cannot be trusted. If an authority of your own signed it, give its certificate to this step with `env: NODE_EXTRA_CA_CERTS: path/to/ca.pem`; a new domain mapping has its certificate only after some minutes',
  'no-tls':
    'the two sides could not agree on TLS: look whether https is right for this URL, and its port; an http service is asked with http',
  reset: 'the connection was closed before the answer: the container may have crashed, see its logs',
  timeout: 'the service takes too long, or sends its answer too slowly: see its logs',
  invalid: '',
};

/** What to do about a request without an answer; empty where its message says all. */
export function hintForNoAnswer({ kind }: NoAnswer): string {
  return NO_ANSWER[kind];
}

/**
 * Pages of Google's front end, which answers in place of the service. `Server: Google Frontend` does not tell, since it stands
 * on the service's own answers, too (https://docs.cloud.google.com/run/docs/troubleshooting).
 */
function isFrontEndPage(response: Response): boolean {
  if (!/^text\/html/i.test(headerOf(response, 'content-type') ?? '')) return false;
  return /<h1>Error: Page not found<\/h1>|The requested URL .{0,2000}was not found on this server/s.test(
    textOfBody(response),
  );
}

/** `not-asked`: none was to be sent; `impossible`: one was, and the credentials make none. */
export type IdTokenState = 'sent' | 'not-asked' | 'impossible';

const REFUSED: Readonly<Record<IdTokenState, string>> = {
  'not-asked':
    'no ID token was sent; if the service is private, set `id-token: true` and grant the account roles/run.invoker on the service',
  impossible:
    'the service is private: grant the deploying account roles/run.invoker on it, with credentials that can make an ID token',
  sent: 'an ID token was sent: grant its account roles/run.invoker on the service',
};
const UNACCEPTED =
  'the ID token was not accepted: its audience must be the URL of the service or one of its custom audiences';

/** What to do about a status that was not expected; empty where nothing is known. */
export function hintForStatus(response: Response, idToken: IdTokenState): string {
  const { status } = response;
  if (status === 404 && isFrontEndPage(response)) {
    return "this is the page of Google's front end, not of the service: with `ingress: internal` a runner on the internet cannot reach it (use one inside the VPC, or allow all traffic); the tag in this URL does not exist; or it is a path that Cloud Run keeps for itself, such as /healthz";
  }
  if (status === 401 && idToken === 'sent') return UNACCEPTED;
  // In JSON it is the service's own word: Cloud Run answers with a page.
  const isOwn = /json/i.test(headerOf(response, 'content-type') ?? '');
  return (status === 401 || status === 403) && !isOwn ? REFUSED[idToken] : '';
}

/** Statuses that a revision on its way up gives, as does the front end for it. */
export const STARTING: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
