import type { GoogleAuth } from 'google-auth-library';
import { z } from 'zod';
import type { Clock } from '../action/clock.ts';
import { formatDuration } from '../action/duration.ts';
import type { Log } from '../action/log.ts';
import { isTransient, retrying } from '../action/retry.ts';
import { NO_TOKEN, type Refusal, statusOf, unavailable } from './id-token-refusals.ts';
import { findSource, type Source } from './id-token-source.ts';

export type IdToken = { ok: true; token: string } | Refusal;

export type IdTokens = {
  /** A token with at least a minute to live. Does not reject. */
  token(audience: string): Promise<IdToken>;
};

type Options = {
  /** Gets every secret before it is used. */
  mask: (secret: string) => void;
  clock: Clock;
};

/** A token is not given out with less to live: a request takes its time, and clocks differ. */
const SPARE_MS = 60_000;
/** The library waits for ever for an answer. */
const CALL_TIMEOUT_MS = 30_000;
const RETRY_DEADLINE_MS = 30_000;

/**
 * ID tokens of Application Default Credentials, for private services. One token for each audience is kept while it
 * lives, and fetched once however many ask for it; a refusal is not kept.
 */
export function createIdTokens(auth: GoogleAuth, { mask, clock }: Options): IdTokens {
  const kept = new Map<string, { token: string; untilMs: number }>();
  const pending = new Map<string, Promise<IdToken>>();
  let source: Promise<Source | Refusal> | undefined;

  async function make(audience: string): Promise<IdToken> {
    source ??= findSource(auth, mask);
    const found = await source;
    if ('ok' in found) return found;
    try {
      const fetch = () => limited(found.fetch(audience), clock);
      const answer = await retrying(fetch, { deadlineMs: RETRY_DEADLINE_MS, retryable: isPassing });
      const read = readToken(answer);
      if (!read) return NO_TOKEN;
      mask(read.token);
      kept.set(audience, { token: read.token, untilMs: read.expiresMs - SPARE_MS });
      return { ok: true, token: read.token };
    } catch (error) {
      return isPassing(error) ? unavailable(error) : found.refused(error);
    }
  }

  return {
    async token(audience) {
      const known = kept.get(audience);
      if (known && clock.nowMs() < known.untilMs) return { ok: true, token: known.token };
      const asked = pending.get(audience) ?? make(audience).finally(() => pending.delete(audience));
      pending.set(audience, asked);
      return asked;
    },
  };
}

/** The token alone, for those who go on without one. Why there is none is told, each reason once. */
export function tokenOrWarning(
  idTokens: IdTokens,
  log: Pick<Log, 'warning'>,
): (audience: string) => Promise<string | undefined> {
  const told = new Set<string>();
  return async (audience) => {
    const result = await idTokens.token(audience);
    if (result.ok) return result.token;
    const text = `${result.why}. ${result.next}.`;
    if (!told.has(text)) log.warning(text);
    told.add(text);
    return undefined;
  };
}

async function limited<T>(work: Promise<T>, clock: Clock): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(CALL_TIMEOUT_MS, done.signal).then(() => {
    const text = `no answer within ${formatDuration(CALL_TIMEOUT_MS)}`;
    throw Object.assign(new Error(text), { code: 'ETIMEDOUT' });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
  }
}

const isPassing = (error: unknown): boolean => {
  const status = statusOf(error);
  return status === 429 || status >= 500 || isTransient(error);
};

const claimsSchema = z.object({ exp: z.number() });

/** Reads when a JSON Web Token expires (https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4). */
function readToken(answer: unknown): { token: string; expiresMs: number } | undefined {
  if (typeof answer !== 'string') return undefined;
  try {
    const claims = JSON.parse(Buffer.from(answer.split('.')[1] ?? '', 'base64url').toString());
    return { token: answer, expiresMs: claimsSchema.parse(claims).exp * 1000 };
  } catch {
    return undefined;
  }
}
