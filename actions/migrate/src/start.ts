import { ActionError } from '@apex-actions/shared/action/errors';
import { isTransient } from '@apex-actions/shared/action/retry';
import { isConflict } from '@apex-actions/shared/cloudrun/errors';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import { changed, newLease, write } from './claim.ts';
import type { Deps } from './deps.ts';
import { executionOf, isLeasedTo, leased, RUN_VARIABLE } from './lease.ts';

const ATTEMPTS = 5;
const LOOKS = 5;
const LOOK_AGAIN_MS = 2000;

/** The start may still take effect: nobody else may be let at the job. */
export class StartUnknown extends ActionError {}

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
    const problem = await jobs.run(job.etag ?? '', { [RUN_VARIABLE]: id }).then(
      (name) => (name ? { name } : { error: undefined }),
      (error: unknown) => ({ error }),
    );
    if ('name' in problem) return problem.name;
    const { error } = problem;
    if (error !== undefined && !isTransient(error) && !isConflict(error)) throw error;
    const started = await lookFor(isConflict(error) ? 1 : LOOKS, deps);
    if (started) return started;
    job = await fence(job, isConflict(error), deps);
    const late = await lookFor(1, deps);
    if (late) return late;
    if (attempt === ATTEMPTS && isConflict(error)) throw changed(jobs.id.job, error);
    if (attempt === ATTEMPTS) throw error ?? new Error('Cloud Run does not name the execution');
    jobs.onRetry(error, 0);
  }
}

async function lookFor(looks: number, { jobs, clock, id, signal }: Deps): Promise<string | undefined> {
  for (let look = 1; ; look += 1) {
    const found = executionOf(await jobs.executions(), id);
    if (found?.name) return found.name;
    if (look === looks) return undefined;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Gives the job another etag. Where it was refused for its etag, somebody else may have changed what is to be run. */
async function fence(before: Job, refused: boolean, deps: Deps): Promise<Job> {
  const { jobs, id, signal } = deps;
  try {
    const job = await jobs.get();
    if (!job || !isLeasedTo(job, id)) throw changed(jobs.id.job);
    if (refused && String(job.generation) !== String(before.generation)) throw changed(jobs.id.job);
    return await write(job, leased(job, newLease(deps)), deps);
  } catch (cause) {
    if (signal.aborted || cause instanceof ActionError) throw cause;
    throw new StartUnknown({
      what: `It is not known whether an execution of job ${jobs.id.job} was started`,
      state: 'The migration may be running',
      next: 'Look at the executions of the job in the console, then run the job again; it refuses while one runs',
      cause,
    });
  }
}
