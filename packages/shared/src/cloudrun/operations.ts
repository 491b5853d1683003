import type { Clock } from '../action/clock.ts';
import { type RetryOptions, retrying } from '../action/retry.ts';

/** How a long-running operation ended. An operation that fails may still have left a revision behind. */
export type OperationResult = { ok: true } | { ok: false; message: string };

/** Waits 0.2 s, 0.4 s, … up to 2 s between two looks: an operation takes from under a second to minutes. */
export function* pollDelays(): Generator<number, never> {
  for (let delayMs = 200; ; delayMs = Math.min(delayMs * 2, 2000)) yield delayMs;
}

type Progress = { latestResponse: { done?: boolean; error?: { message?: string | null } | null } };

/** Looks at an operation until it has ended, or the deadline of the policy has passed. */
export async function finishOperation(
  name: string,
  check: (name: string) => Promise<Progress>,
  { clock, ...policy }: RetryOptions & { clock: Clock },
): Promise<OperationResult> {
  const deadline = clock.nowMs() + policy.deadlineMs;
  for (const delayMs of pollDelays()) {
    const { done, error } = (await retrying(() => check(name), policy)).latestResponse;
    if (error) return { ok: false, message: error.message ?? 'the operation failed without a message' };
    if (done) return { ok: true };
    if (clock.nowMs() > deadline) {
      return {
        ok: false,
        message: `the operation ${name} did not end within ${Math.round(policy.deadlineMs / 1000)} s`,
      };
    }
    await clock.sleep(delayMs, policy.signal);
  }
  throw new Error('unreachable');
}
