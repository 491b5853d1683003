import pRetry from 'p-retry';
import { systemClock } from './clock.ts';
import { type GrpcCode, grpcCodeOf } from './grpc-codes.ts';

export type RetryOptions = {
  /** No attempt starts later than this after the first. An attempt's own time is for the operation to limit. */
  deadlineMs: number;
  /** Ends the waiting at once, with its reason; an attempt that is under way is the operation's to end. */
  signal?: AbortSignal;
  /** Which errors are worth another attempt; `isTransient` unless given. */
  retryable?: (error: unknown) => boolean;
  onRetry?: (error: unknown, delayMs: number) => void;
};

const BASE_MS = 500;
const CAP_MS = 15_000;

/**
 * Codes that say "not now". https://google.aip.dev/194 names UNAVAILABLE only; the others depend on what a caller
 * knows, and we know it: RESOURCE_EXHAUSTED is Cloud Run's quota per minute, and DEADLINE_EXCEEDED the time-out of one
 * call within a longer deadline of ours. Not ABORTED: a lost race is answered by reading again.
 */
const TRANSIENT_CODES: ReadonlySet<GrpcCode> = new Set([
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'DEADLINE_EXCEEDED',
]);

/** Node's and undici's names for a connection that broke or could not be made. Not ENOTFOUND: that is a wrong name. */
const TRANSIENT_NETWORK = new Set<unknown>([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * INTERNAL is a bug of the server and not retried, except where grpc-js reports a broken HTTP/2 stream with it; CANCELLED is
 * how it reports a stream that a front end which goes away resets, for a call that nobody here cancels. UNKNOWN likewise, except where a token could not be fetched for want of a connection (both: grpc-js 1.14, subchannel-call and
 * load-balancing-call).
 */
function isBrokenTransport(code: GrpcCode, message: string): boolean {
  if (code === 'INTERNAL') return message.includes('RST_STREAM');
  if (code === 'CANCELLED') return message.includes('Call cancelled');
  const network = [...TRANSIENT_NETWORK].some((name) => message.includes(String(name)));
  return code === 'UNKNOWN' && message.includes('Getting metadata from plugin failed') && network;
}

/**
 * A failure that may pass by itself: a network error, or one of Google's codes for it. Whether the call took effect
 * before it failed is not known, so only what may be done twice can be retried on it.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = grpcCodeOf(error);
  if (code) return TRANSIENT_CODES.has(code) || isBrokenTransport(code, error.message);
  if ('code' in error && TRANSIENT_NETWORK.has(error.code)) return true;
  return isTransient(error.cause);
}

/** "Full jitter": anything up to the exponential bound, so that clients that failed together do not come back together. */
function delayBefore(nextAttempt: number): number {
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (nextAttempt - 2));
}

/**
 * The one retry policy: exponential backoff with full jitter from 0.5 s to 15 s
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), within a deadline. Rejects with the
 * last error.
 * @param operation gets the number of the attempt, from 1
 */
export function retrying<T>(
  operation: (attempt: number) => Promise<T>,
  { deadlineMs, signal, retryable = isTransient, onRetry }: RetryOptions,
): Promise<T> {
  const start = performance.now();
  return pRetry(operation, {
    retries: Number.POSITIVE_INFINITY,
    // The waiting is done in shouldRetry: p-retry's own jitter only ever lengthens a delay.
    minTimeout: 0,
    async shouldRetry({ error, attemptNumber }) {
      if (!retryable(error)) return false;
      const delayMs = delayBefore(attemptNumber + 1);
      if (performance.now() - start + delayMs >= deadlineMs) return false;
      onRetry?.(error, delayMs);
      await systemClock.sleep(delayMs, signal);
      return true;
    },
    ...(signal ? { signal } : {}),
  });
}
