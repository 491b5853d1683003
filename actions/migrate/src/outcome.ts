import type { Execution, Task } from '@apex-actions/shared/cloudrun/jobs';

export type Status = 'succeeded' | 'failed' | 'cancelled' | 'timed-out';

/** How an execution ended, by its condition and its task, never by what it wrote. */
export type Outcome = {
  status: Status;
  /** In Cloud Run's words; empty for a success. */
  message: string;
  exitCode: number | undefined;
};

/** How Cloud Run tells of a task that took too long; there is no code for it. */
const TIMED_OUT = /configured timeout was reached/i;
const DEADLINE_EXCEEDED = 4;

const completedOf = ({ conditions }: Execution) =>
  (conditions ?? []).find(({ type }) => type === 'Completed');

/**
 * Only the condition tells: `completionTime` is not ordered with it (comment in execution.proto), and may be there while
 * the condition is still being reconciled.
 */
export function isOver(execution: Execution): boolean {
  const state = completedOf(execution)?.state;
  return state === 'CONDITION_SUCCEEDED' || state === 'CONDITION_FAILED';
}

const hasSucceeded = (execution: Execution): boolean =>
  completedOf(execution)?.state === 'CONDITION_SUCCEEDED';

/** Of an execution that is over. */
export function outcomeOf(execution: Execution, tasks: readonly Task[]): Outcome {
  if (hasSucceeded(execution)) return { status: 'succeeded', message: '', exitCode: 0 };
  const completed = completedOf(execution);
  const last = tasks[0]?.lastAttemptResult;
  const message = completed?.message || last?.status?.message || 'Cloud Run gives no reason';
  const exitCode = last?.exitCode || undefined;
  if (completed?.executionReason === 'CANCELLED') return { status: 'cancelled', message, exitCode };
  const timedOut = TIMED_OUT.test(message) || last?.status?.code === DEADLINE_EXCEEDED;
  return { status: timedOut ? 'timed-out' : 'failed', message, exitCode };
}
