import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import { isTransient, retrying } from '@apex-actions/shared/action/retry';
import { conditionFailure } from '@apex-actions/shared/cloudrun/conditions';
import { isAlreadyThere, isConflict } from '@apex-actions/shared/cloudrun/errors';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import { CHANGE_TIMEOUT_MS, type Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { type Holder, holderOf, isLeasedTo, type Lease, leased, released } from './lease.ts';

/** Between the claim and the execution there are few calls; a backup takes longer. */
const LEASE_MS = 5 * 60_000;
const LEASE_WITH_BACKUP_MS = 75 * 60_000;
const POLL_MS = 5000;
const SETTLE_POLL_MS = 500;
const MOST_RACES = 20;

type Claimer = Pick<Deps, 'jobs' | 'clock' | 'context' | 'id' | 'log' | 'signal'>;

export function newLease({ clock, context, id }: Claimer, leaseMs: number | undefined = LEASE_MS): Lease {
  const { runUrl, runId, job, attempt } = context;
  const until = new Date(clock.nowMs() + leaseMs).toISOString();
  return { id, until, runUrl, runId, job, attempt };
}

function describeHolder(holder: Holder): string {
  return holder.kind === 'running'
    ? `Execution ${idOf(holder.execution.name)} is running: ${holder.execution.logUri ?? ''}`
    : `Another run is about to start an execution, or to end: ${holder.lease.runUrl ?? holder.lease.id}`;
}

export function inUse({ id }: Deps['jobs'], holder: Holder): ActionError {
  return new ActionError({
    what: `Job ${id.job} is in use. ${describeHolder(holder)}`,
    state: 'Nothing was run',
    next: 'Wait for it, or set `wait-for-running: true`; two migrations at once can harm each other',
  });
}

/** The job once nobody uses it; `undefined` where there is none. */
async function whenFree(
  wait: boolean,
  { jobs, clock, context, log, signal }: Claimer,
): Promise<Job | undefined> {
  const startedMs = clock.nowMs();
  for (let told = ''; ; ) {
    const job = await jobs.get();
    const holder = job && holderOf(job, await jobs.executions(), clock.nowMs(), context);
    if (!holder) {
      if (told) log.info(`Free after ${formatDuration(clock.nowMs() - startedMs)}`);
      return job;
    }
    if (!wait) throw inUse(jobs, holder);
    const text = describeHolder(holder);
    if (text !== told) log.info(`Waiting. ${text}`);
    told = text;
    await clock.sleep(POLL_MS, signal);
  }
}

/**
 * Makes the job what it is to be and puts our name on it, in one write that only one run can win. Answers the job as it is
 * then. Whoever wins a race is waited for, or named in an error.
 */
export async function claim(
  inputs: Pick<Inputs, 'waitForRunning' | 'backupInstance'>,
  jobFor: (current: Job | undefined) => Job,
  deps: Claimer,
): Promise<Job> {
  for (let race = 1; ; race += 1) {
    const current = await whenFree(inputs.waitForRunning, deps);
    const lease = newLease(deps, inputs.backupInstance && LEASE_WITH_BACKUP_MS);
    try {
      const job = await write(current, leased(jobFor(current), lease), deps);
      deps.log.info(`Job ${deps.jobs.id.job} is ${current ? 'as it is to be' : 'made'}`);
      return job;
    } catch (error) {
      if ((!isConflict(error) && !isAlreadyThere(error)) || race === MOST_RACES) throw error;
    }
  }
}

/** Writes the job on the condition that it is still the one that was read, and waits until it can be run. */
export async function write(current: Job | undefined, wanted: Job, deps: Claimer): Promise<Job> {
  const { jobs, id, signal } = deps;
  await retrying(
    async (attempt) => {
      const found = attempt > 1 ? await jobs.get() : undefined;
      const took = found && isLeasedTo(found, id) && found.etag !== current?.etag;
      if (!took) await (current ? jobs.update(wanted) : jobs.create(wanted));
    },
    { deadlineMs: CHANGE_TIMEOUT_MS, signal, onRetry: jobs.onRetry },
  );
  return settled(deps);
}

/** A job is written before Cloud Run has looked whether it can be run. */
async function settled({ jobs, clock, id, signal }: Claimer): Promise<Job> {
  const untilMs = clock.nowMs() + CHANGE_TIMEOUT_MS;
  for (;;) {
    const job = await jobs.get();
    if (!job || !isLeasedTo(job, id)) throw changed(jobs.id.job);
    const failure = conditionFailure(job.terminalCondition);
    if (!job.reconciling && failure === undefined) return job;
    if (!job.reconciling || clock.nowMs() > untilMs) {
      throw new ActionError({
        what: `Job ${jobs.id.job} is not ready: ${failure ?? 'Cloud Run is still looking at it'}`,
        state: 'The job was written; nothing was run',
        next: 'Correct what Cloud Run names, and run the job again',
      });
    }
    await clock.sleep(SETTLE_POLL_MS, signal);
  }
}

export function changed(job: string, cause?: unknown): ActionError {
  return new ActionError({
    what: `Job ${job} was changed or deleted by somebody else just before it was run`,
    state: 'Nothing was run',
    next: 'Run the job again',
    cause,
  });
}

/** Takes our name off the job, so that nobody waits for it. A start of ours that is still under way is refused from then on. */
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
