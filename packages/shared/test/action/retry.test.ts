import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isTransient, retrying } from '../../src/action/retry.ts';

function coded(code: number | string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

const unavailable = coded(14);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets a promise settle on fake time. */
async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.all([Promise.allSettled([promise]), vi.runAllTimersAsync()]);
  return result[0];
}

test.each([
  ['UNAVAILABLE', coded(14), true],
  ['RESOURCE_EXHAUSTED', coded(8), true],
  ['DEADLINE_EXCEEDED', coded(4), true],
  ['ABORTED', coded(10), false],
  ['PERMISSION_DENIED', coded(7), false],
  ['INVALID_ARGUMENT', coded(3), false],
  ['NOT_FOUND', coded(5), false],
  ['CANCELLED', coded(1, '1 CANCELLED: Cancelled on client'), false],
  ['a stream that a front end reset', coded(1, '1 CANCELLED: Call cancelled'), true],
  ['INTERNAL', coded(13, '13 INTERNAL: a bug'), false],
  [
    'a broken stream',
    coded(13, '13 INTERNAL: Received RST_STREAM with code 2 (Internal server error)'),
    true,
  ],
  ['UNKNOWN', coded(2, 'ECONNRESET'), false],
  [
    'a token that no connection could bring',
    coded(2, '2 UNKNOWN: Getting metadata from plugin failed with error: read ECONNRESET'),
    true,
  ],
  ['a reset connection', coded('ECONNRESET'), true],
  ['a name server that is busy', coded('EAI_AGAIN'), true],
  ['a wrong host name', coded('ENOTFOUND'), false],
  [
    'a fetch that failed for its connection',
    new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }),
    true,
  ],
  ['an HTTP status', coded(503), false],
  ['a bug', new TypeError('x is not a function'), false],
  ['no error at all', 'ECONNRESET', false],
])('%s: transient is %s', (_, error, expected) => {
  expect(isTransient(error)).toBe(expected);
});

test('a transient failure is tried again until it passes', async () => {
  const attempts: number[] = [];
  const result = await settled(
    retrying(
      async (attempt) => {
        attempts.push(attempt);
        if (attempt < 4) throw unavailable;
        return 'done';
      },
      { deadlineMs: 60_000 },
    ),
  );
  expect(result).toEqual({ status: 'fulfilled', value: 'done' });
  expect(attempts).toEqual([1, 2, 3, 4]);
});

test('any other failure is final', async () => {
  const denied = coded(7);
  const operation = vi.fn(() => Promise.reject(denied));
  expect(await settled(retrying(operation, { deadlineMs: 60_000 }))).toEqual({
    status: 'rejected',
    reason: denied,
  });
  expect(operation).toHaveBeenCalledTimes(1);
});

test('the caller may decide what is worth another attempt', async () => {
  const aborted = coded(10);
  const operation = vi.fn().mockRejectedValueOnce(aborted).mockResolvedValueOnce('won');
  const retryable = (error: unknown) => error === aborted;
  const result = await settled(retrying(operation, { deadlineMs: 60_000, retryable }));
  expect(result).toEqual({ status: 'fulfilled', value: 'won' });
});

test('the delay is anything up to a bound that doubles from half a second to 15 s', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999999);
  const delays: number[] = [];
  const options = {
    deadlineMs: 120_000,
    onRetry: (_: unknown, delayMs: number) => delays.push(Math.round(delayMs)),
  };
  await settled(retrying(() => Promise.reject(unavailable), options));
  expect(delays.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('no attempt starts after the deadline, and the last error is told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 100_000 }), async (deadlineMs) => {
      const start = performance.now();
      let last = start;
      const result = await settled(
        retrying(
          () => {
            last = performance.now();
            return Promise.reject(unavailable);
          },
          { deadlineMs },
        ),
      );
      expect(result).toEqual({ status: 'rejected', reason: unavailable });
      expect(last - start).toBeLessThanOrEqual(deadlineMs);
    }),
    { numRuns: 30 },
  );
});

test('a cancelled run stops waiting at once, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const operation = vi.fn(() => Promise.reject(unavailable));
  const onRetry = () => controller.abort(reason);
  const result = await settled(
    retrying(operation, { deadlineMs: 60_000, signal: controller.signal, onRetry }),
  );
  expect(result).toEqual({ status: 'rejected', reason });
  expect(operation).toHaveBeenCalledTimes(1);
});
