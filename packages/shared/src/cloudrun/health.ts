import type { Clock } from '../action/clock.ts';
import { formatDuration } from '../action/duration.ts';
import type { Log } from '../action/log.ts';
import type { Check } from '../smoke/check.ts';
import type { CheckSet } from '../smoke/checks-input.ts';
import type { Masks } from '../smoke/masks.ts';
import { type CheckResult, countOf, describeResult, describeWait } from '../smoke/result.ts';
import { runChecks } from '../smoke/run-checks.ts';
import { createSender } from '../smoke/send.ts';

/** `atOnce`: nothing had to be asked twice, so that every answer was a good one. */
export type HealthResult =
  | { healthy: true; detail: string; atOnce: boolean }
  | { healthy: false; detail: string };

/** What a revision has to show before it gets any user. */
export type Verification = {
  /** Answers 2xx or 3xx; a health body in it is understood. */
  healthPath: string;
  /** Run after that, in their order. */
  verify: CheckSet | undefined;
};

export type HealthQuestion = {
  /** Where to ask: the tagged URL of a revision, or the service's own. */
  url: string;
  /** The audience of an ID token: the service's URL, also for tagged URLs (facts of Cloud Run's IAM). */
  audience: string;
  verification: Verification;
};

export type HealthDeps = {
  clock: Clock;
  idToken: (audience: string) => Promise<string | undefined>;
  masks: Masks;
  log: Pick<Log, 'info'>;
  signal: AbortSignal;
};

/** How long to go on asking: a revision without instances answers its first request after a cold start. */
const PATIENCE_MS = 60_000;

const REQUEST_TIMEOUT_MS = 30_000;
/** All of it; a rollout's lease is not renewed meanwhile. */
const LONGEST_MS = 5 * 60_000;
/** An application may repeat another answer five times before it is believed. */
const RETRY = { forMs: 4500, everyMs: 1000 };

const HEALTH = 'health';

function healthCheck(path: string): Check {
  return {
    name: HEALTH,
    line: 1,
    method: 'GET',
    // It is a path, not a template.
    path: path.replaceAll('${', () => '$${'),
    headers: {},
    body: undefined,
    expect: {
      statuses: ['2xx', '3xx'],
      json: [],
      headers: [],
      body: undefined,
      schema: undefined,
      durationMs: undefined,
    },
    capture: {},
    retry: RETRY,
    when: undefined,
    weight: undefined,
  };
}

/**
 * Asks the health path until it answers, until an application has said no five times, or until patience ends; then runs the
 * checks, if any. A private service is asked again with an ID token.
 */
export async function checkHealth(
  { url, audience, verification: { healthPath, verify } }: HealthQuestion,
  { clock, idToken, masks, log, signal }: HealthDeps,
): Promise<HealthResult> {
  for (const secret of verify?.secrets ?? []) masks.add(secret);
  const sender = createSender();
  const limit = AbortSignal.timeout(LONGEST_MS);
  let atOnce = true;
  try {
    const { results } = await runChecks([healthCheck(healthPath), ...(verify?.checks ?? [])], {
      clock,
      masks,
      signal: AbortSignal.any([signal, limit]),
      target: { url: new URL(url), idToken: { use: 'when-refused', token: () => idToken(audience) } },
      variables: verify?.variables ?? new Map(),
      sender,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      patienceMs: PATIENCE_MS,
      retries: 0,
      continueOnFailure: false,
      expected: undefined,
      onWait: (wait) => {
        atOnce = false;
        log.info(`Not healthy yet: ${wait.check}: ${describeWait(wait)}`);
      },
      onResult: () => {},
    });
    return verdictOf(results, atOnce);
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return { healthy: false, detail: `it took longer than ${formatDuration(LONGEST_MS)}` };
  } finally {
    await sender.close();
  }
}

function verdictOf(results: readonly CheckResult[], atOnce: boolean): HealthResult {
  const failed = results.find(({ status }) => status === 'failed');
  if (failed) {
    const which = failed === results[0] ? '' : `check "${failed.name}": `;
    const elsewhere =
      which === '' && failed.answer?.status === 404 ? '; set health-path to a path that answers' : '';
    return { healthy: false, detail: `${which}${describeResult(failed)}${elsewhere}` };
  }
  const [health, ...checks] = results;
  const passed = countOf(checks, 'passed');
  const also = checks.length > 0 ? `, and ${passed} of ${checks.length} checks passed` : '';
  return { healthy: true, detail: `${health ? describeResult(health) : ''}${also}`, atOnce };
}
