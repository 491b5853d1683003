import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import { isTransient, retrying } from '@apex-actions/shared/action/retry';
import { isAlreadyThere, isConflict } from '@apex-actions/shared/cloudrun/errors';
import type { Execution, Job } from '@apex-actions/shared/cloudrun/jobs';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import { CHANGE_TIMEOUT_MS, type Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { type Holder, holderOf, isLeasedTo, leased, released } from './lease.ts';

/** Between the claim and the execution there is one call; a backup before it takes longer. */
const LEASE_MS = 2 * 60_000;
const LEASE_WITH_BACKUP_MS = 60 * 60_000;
const POLL_MS = 5000;

function describeHolder(holder: Holder): string {
  return holder.kind === 'running'
    ? `Execution ${idOf(holder.execution.name)} is running: ${holder.execution.logUri ?? ''}`
    : `Another run is about to start an execution: ${holder.lease.runUrl ?? holder.lease.id}`;
}

function refused({ id }: Deps['jobs'], holder: Holder): ActionError {
  return new ActionError({
    what: `Job ${id.job} is in use. ${describeHolder(holder)}`,
    state: 'Nothing was changed',
    next: 'Wait for it, or set `wait-for-running: true`; two migrations at once can harm each other',
  });
}

type Free = { job: Job | undefined; executions: readonly Execution[] };

/** The job once nobody uses it. */
async function whenFree(wait: boolean, { jobs, clock, context, log, signal }: Deps): Promise<Free> {
  const startedMs = clock.nowMs();
  for (let told = ''; ; ) {
    const job = await jobs.get();
    if (!job) return { job, executions: [] };
    const executions = await jobs.executions();
    const holder = holderOf(job, executions, clock.nowMs(), context);
    if (!holder) {
      if (told) log.info(`Free after ${formatDuration(clock.nowMs() - startedMs)}`);
      return { job, executions };
    }
    if (!wait) throw refused(jobs, holder);
    const text = describeHolder(holder);
    if (text !== told) log.info(`Waiting. ${text}`);
    told = text;
    await clock.sleep(POLL_MS, signal);
  }
}

/**
 * Makes the job what it is to be and puts our name on it, in one write that only one run can win. Answers the job as
 * written. A lost race is decided again: whoever won is waited for, or named in an error.
 */
export async function claim(
  inputs: Pick<Inputs, 'waitForRunning' | 'backupInstance'>,
  jobFor: (current: Job | undefined) => Job,
  deps: Deps,
): Promise<Job> {
  const { jobs, clock, context, id, log } = deps;
  await retrying(
    async (tries) => {
      if (tries > 1) {
        const found = await jobs.get();
        if (found && isLeasedTo(found, id)) return;
      }
      const { job } = await whenFree(inputs.waitForRunning, deps);
      const leaseMs = inputs.backupInstance ? LEASE_WITH_BACKUP_MS : LEASE_MS;
      const until = new Date(clock.nowMs() + leaseMs).toISOString();
      const { runUrl, runId, attempt } = context;
      const wanted = leased(jobFor(job), { id, until, runUrl, runId, job: context.job, attempt });
      const result = await (job ? jobs.update(wanted) : jobs.create(wanted));
      if (!result.ok) throw notReady(jobs.id.job, result.message);
      log.info(`Job ${jobs.id.job} is ${job ? 'as it is to be' : 'made'}`);
    },
    {
      deadlineMs: CHANGE_TIMEOUT_MS,
      signal: deps.signal,
      onRetry: jobs.onRetry,
      retryable: (error) => isConflict(error) || isAlreadyThere(error) || isTransient(error),
    },
  );
  const job = await jobs.get();
  if (job && isLeasedTo(job, id)) return job;
  throw new ActionError({
    what: `Job ${jobs.id.job} was changed or deleted by somebody else while it was being prepared`,
    state: 'Nothing was run',
    next: 'Run the job again',
  });
}

function notReady(job: string, message: string): ActionError {
  return new ActionError({
    what: `Job ${job} is not ready: ${message}`,
    state: 'The job was written; nothing was run',
    next: 'Correct what Cloud Run names, and run the job again',
  });
}

/** Takes our name off the job where no execution of ours was started, so that nobody waits for it. */
export async function release({ jobs, id }: Pick<Deps, 'jobs' | 'id'>): Promise<void> {
  await retrying(
    async () => {
      const job = await jobs.get();
      const free = job && released(job, id);
      if (free) await jobs.update(free);
    },
    {
      deadlineMs: CHANGE_TIMEOUT_MS,
      onRetry: jobs.onRetry,
      retryable: (error) => isConflict(error) || isTransient(error),
    },
  );
}
