import { Status } from 'google-gax';
import pRetry from 'p-retry';

export type RetryOptions = {
  /** How long to go on, from the first attempt. */
  deadlineMs: number;
  signal?: AbortSignal;
  /** Which errors are worth another attempt; `isTransient` unless given. */
  retryable?: (error: unknown) => boolean;
};

/** Codes that say "not now": https://google.aip.dev/194 names UNAVAILABLE; quotas and deadlines pass by themselves. */
const TRANSIENT_CODES = new Set<unknown>([
  Status.UNAVAILABLE,
  Status.RESOURCE_EXHAUSTED,
  Status.DEADLINE_EXCEEDED,
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
]);

/** A failure that may pass by itself. */
export function isTransient(error: unknown): boolean {
  return error instanceof Error && 'code' in error && TRANSIENT_CODES.has(error.code);
}

/** The one retry policy: exponential backoff from 0.5 s to 15 s with jitter, within a deadline. */
export function retrying<T>(
  operation: () => Promise<T>,
  { deadlineMs, signal, retryable = isTransient }: RetryOptions,
): Promise<T> {
  return pRetry(operation, {
    retries: Number.POSITIVE_INFINITY,
    factor: 2,
    minTimeout: 500,
    maxTimeout: 15_000,
    randomize: true,
    maxRetryTime: deadlineMs,
    shouldRetry: ({ error }) => retryable(error),
    ...(signal ? { signal } : {}),
  });
}
