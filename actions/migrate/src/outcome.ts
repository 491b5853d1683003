import type { Execution, Task } from '@apex-actions/shared/cloudrun/jobs';

export type Status = 'succeeded' | 'failed' | 'cancelled' | 'timed-out';

/** How an execution ended, by its condition and its task, never by what it wrote. */
export type Outcome = {
  status: Status;
  /** In Cloud Run's words; empty for a success. */
  message: string;
  exitCode: number | undefined;
};

/** Clients give an enum as its name or, from operations, as its number (execution reasons of condition.proto). */
const CANCELLED: readonly unknown[] = ['CANCELLED', 3, 'CANCELLING', 4];
const SUCCEEDED: readonly unknown[] = ['CONDITION_SUCCEEDED', 4];
/** How Cloud Run tells of a task that took too long; there is no code for it. */
const TIMED_OUT = /configured timeout was reached/i;
const DEADLINE_EXCEEDED = 4;

/** `undefined` while it runs. */
export function outcomeOf(
  { conditions, completionTime }: Execution,
  tasks: readonly Task[],
): Outcome | undefined {
  if (!completionTime) return undefined;
  const completed = (conditions ?? []).find(({ type }) => type === 'Completed');
  const last = tasks[0]?.lastAttemptResult;
  const message = completed?.message || last?.status?.message || 'Cloud Run gives no reason';
  const exitCode = last?.exitCode || undefined;
  if (SUCCEEDED.includes(completed?.state)) return { status: 'succeeded', message: '', exitCode: 0 };
  if (CANCELLED.includes(completed?.executionReason)) return { status: 'cancelled', message, exitCode };
  const timedOut = TIMED_OUT.test(message) || last?.status?.code === DEADLINE_EXCEEDED;
  return { status: timedOut ? 'timed-out' : 'failed', message, exitCode };
}
