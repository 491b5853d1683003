import type { Clock } from '../action/clock.ts';
import { describeError } from '../action/errors.ts';

export type HealthResult = { healthy: true; detail: string } | { healthy: false; detail: string };

export type HealthOptions = {
  /** Where to ask: the tagged URL of a revision, or the service's own. */
  url: string;
  path: string;
  /** The audience of an ID token: the service's URL, also for tagged URLs (facts of Cloud Run's IAM). */
  audience: string;
  clock: Clock;
  idToken: (audience: string) => Promise<string | undefined>;
  /** How long to go on asking: a revision without instances answers its first request after a cold start. */
  patienceMs: number;
  signal?: AbortSignal;
  onAttempt: (detail: string) => void;
};

const REQUEST_TIMEOUT_MS = 30_000;
const PAUSE_MS = 1000;

const HINTS: Readonly<Record<number, string>> = {
  401: 'the service wants an ID token and these credentials made none that it accepts',
  403: 'the service is private: grant the deploying account roles/run.invoker on it',
  404: 'nothing at this path, or `ingress: internal`, which a hosted runner cannot reach; set health-path',
};

/** Statuses that a revision on its way up gives, as does the front end for it; others are the application's own word. */
const PASSING = new Set([408, 425, 429, 502, 503, 504]);
/** How often an application may repeat another answer before it is believed. */
const MAX_REFUSALS = 5;

/**
 * Asks until the answer is 2xx or 3xx, until an application has said no five times, or until patience ends. A private
 * service is asked again with an ID token. Redirects are answers: they are not followed.
 */
export async function checkHealth(options: HealthOptions): Promise<HealthResult> {
  const { clock, signal } = options;
  const target = new URL(options.path, options.url);
  const deadline = clock.nowMs() + options.patienceMs;
  let token: string | undefined;
  let refusals = 0;
  for (;;) {
    const detail = await ask(target, token, signal);
    if (detail.status !== undefined && !PASSING.has(detail.status)) refusals += 1;
    if (detail.ok) return { healthy: true, detail: detail.text };
    options.onAttempt(detail.text);
    if (token === undefined && (detail.status === 401 || detail.status === 403)) {
      token = await options.idToken(options.audience);
      if (token !== undefined) continue;
    }
    if (refusals >= MAX_REFUSALS || clock.nowMs() + PAUSE_MS >= deadline)
      return { healthy: false, detail: detail.text };
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function ask(target: URL, token: string | undefined, signal: AbortSignal | undefined) {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(target, {
      redirect: 'manual',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    await response.body?.cancel();
    const ok = response.status >= 200 && response.status < 400;
    const hint = HINTS[response.status];
    const text = `GET ${target.pathname} answered ${response.status}${hint ? ` (${hint})` : ''}`;
    return { ok, status: response.status, text };
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      ok: false,
      status: undefined,
      text: `GET ${target.pathname} got no answer: ${describeError(cause)}`,
    };
  }
}
