import { ActionError } from '@apex-actions/shared/action/errors';
import { isTransient, retrying } from '@apex-actions/shared/action/retry';
import { isConflict } from '@apex-actions/shared/cloudrun/errors';
import type { Execution, Job } from '@apex-actions/shared/cloudrun/jobs';
import { changed, newLease, write } from './claim.ts';
import { CHANGE_TIMEOUT_MS, type Deps } from './deps.ts';
import { executionOf, isLeasedTo, leased, RUN_VARIABLE } from './lease.ts';

const ATTEMPTS = 5;
/** How often, and after how long, the executions are looked at for one whose start was not answered. */
export const LOOKS = 5;
const LOOK_AGAIN_MS = 2000;

/**
 * Starts the execution, and answers its name. After a call whose result is unknown the executions are looked at, and
 * before the next one the job is written once more: a call that is still under way then carries an etag of before, and is
 * refused.
 */
export async function start(claimed: Job, deps: Deps): Promise<string> {
  const { jobs, id, signal } = deps;
  let job = claimed;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const answer = await jobs.run(job.etag ?? '', { [RUN_VARIABLE]: id }).then(
      (name) => (name ? { name } : { error: undefined }),
      (error: unknown) => ({ error }),
    );
    if ('name' in answer) return answer.name;
    const { error } = answer;
    if (error !== undefined && !isTransient(error) && !isConflict(error)) throw error;
    const started = await lookFor(id, isConflict(error) ? 1 : LOOKS, deps);
    if (started?.name) return started.name;
    job = await fence(job, deps);
    const late = await lookFor(id, 1, deps);
    if (late?.name) return late.name;
    if (attempt === ATTEMPTS && isConflict(error)) throw changed(jobs.id.job, error);
    if (attempt === ATTEMPTS) throw error ?? new Error('Cloud Run does not name the execution');
    jobs.onRetry(error ?? new Error('Cloud Run does not name the execution'), 0);
  }
}

/** The execution of this run, as soon as one of some looks shows it. */
export async function lookFor(
  id: string,
  looks: number,
  { jobs, clock, signal }: Pick<Deps, 'jobs' | 'clock'> & { signal?: AbortSignal },
): Promise<Execution | undefined> {
  for (let look = 1; ; look += 1) {
    const found = executionOf(await jobs.executions(), id);
    if (found || look === looks) return found;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Gives the job another etag, if it is still what is to be run. */
async function fence(before: Job, deps: Deps): Promise<Job> {
  const { jobs, id, signal } = deps;
  const rewrite = async () => {
    const job = await jobs.get();
    const same = job && isLeasedTo(job, id) && String(job.generation) === String(before.generation);
    if (!same) throw changed(jobs.id.job);
    return write(job, leased(job, newLease(deps)), deps);
  };
  try {
    return await retrying(rewrite, {
      deadlineMs: CHANGE_TIMEOUT_MS,
      signal,
      onRetry: jobs.onRetry,
      retryable: isConflict,
    });
  } catch (cause) {
    if (signal.aborted || cause instanceof ActionError) throw cause;
    throw new ActionError({
      what: `It is not known whether an execution of job ${jobs.id.job} was started`,
      state: 'The migration may be running; the post step of this action looks for it, and cancels it',
      next: 'Look at the schema, then run the job again',
      cause,
    });
  }
}
