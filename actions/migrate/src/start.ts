import { ActionError } from '@apex-actions/shared/action/errors';
import { isTransient } from '@apex-actions/shared/action/retry';
import { isConflict } from '@apex-actions/shared/cloudrun/errors';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import type { Deps } from './deps.ts';
import { executionOf } from './lease.ts';

const ATTEMPTS = 5;
const LOOKS = 5;
const LOOK_AGAIN_MS = 2000;

/**
 * Starts the execution, and answers its name. A call whose result is unknown is not repeated before Cloud Run has shown for
 * ten seconds that it did not take effect: no execution carries our name, and the job counts no more than before.
 */
export async function start(job: Job, deps: Deps): Promise<string> {
  const { jobs, signal } = deps;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await jobs.run(job.etag ?? '');
    } catch (error) {
      if (isConflict(error)) throw changed(jobs.id.job, error);
      if (!isTransient(error)) throw error;
      const started = await startedAfterAll(job, deps);
      if (started) return started;
      if (attempt === ATTEMPTS) throw error;
      jobs.onRetry(error, 0);
    }
  }
}

function changed(job: string, cause: unknown): ActionError {
  return new ActionError({
    what: `Job ${job} was changed by somebody else just before it was run`,
    state: 'Nothing was run',
    next: 'Run the job again',
    cause,
  });
}

async function startedAfterAll(job: Job, { jobs, clock, id, signal }: Deps): Promise<string | undefined> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const found = executionOf(await jobs.executions(), id);
    if (found?.name) return found.name;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
  const now = await jobs.get();
  if (now?.executionCount === job.executionCount) return undefined;
  throw new ActionError({
    what: `It is not known whether an execution of job ${jobs.id.job} was started: Cloud Run counts ${now?.executionCount ?? 'none'}, and none is this run's`,
    state: 'The migration may be running',
    next: 'Look at the executions of the job in the console, then run the job again; it refuses while one runs',
  });
}
