import { isEarlierAttempt, type RunContext } from '@apex-actions/shared/action/context';
import type { Execution, Job } from '@apex-actions/shared/cloudrun/jobs';
import { z } from 'zod';
import { isOver } from './outcome.ts';

/** On a job: whose migration is about to be run, or to be remembered. */
const LEASE_ANNOTATION = 'apex.dev/lease';
/** On an execution: which run of this action started it. Given with the call, so that nobody else's inherits it. */
export const RUN_VARIABLE = 'APEX_RUN';

const leaseSchema = z.object({
  id: z.string(),
  until: z.iso.datetime(),
  runUrl: z.string().optional(),
  runId: z.string().optional(),
  job: z.string().optional(),
  attempt: z.number().int().optional(),
});

/**
 * Cloud Run starts as many executions of a job as it is asked for, side by side. So whoever wants to run one first writes
 * its name on the job, on the condition of the etag, and only one can; and takes it off when all is remembered.
 */
export type Lease = z.infer<typeof leaseSchema>;

/** How far the clock of the run that wrote the lease may be from ours. */
const SKEW_MS = 5 * 60_000;
/** How long a run is given to remember what its execution has done. */
const REMEMBERING_MS = 2 * 60_000;

function leaseOf(job: Job): Lease | undefined {
  try {
    return leaseSchema.parse(JSON.parse(job.annotations?.[LEASE_ANNOTATION] ?? ''));
  } catch {
    return undefined; // None, or an edited one: it ends nobody's migration, and nobody waits for it.
  }
}

/** The job with our name on it. */
export function leased(job: Job, lease: Lease): Job {
  return { ...job, annotations: { ...job.annotations, [LEASE_ANNOTATION]: JSON.stringify(lease) } };
}

/** The job without our name; `undefined` where it does not carry it. */
export function released(job: Job, id: string): Job | undefined {
  if (leaseOf(job)?.id !== id) return undefined;
  const { [LEASE_ANNOTATION]: _, ...annotations } = job.annotations ?? {};
  return { ...job, annotations };
}

export const isLeasedTo = (job: Job, id: string): boolean => leaseOf(job)?.id === id;

/** The execution that a run of this action started. */
export function executionOf(executions: readonly Execution[], id: string): Execution | undefined {
  return executions.find(({ template }) =>
    template?.containers?.some(({ env }) =>
      env?.some(({ name, value }) => name === RUN_VARIABLE && value === id),
    ),
  );
}

/** Who uses the job: an execution that runs, or a run that is about to start one or to remember it. */
export type Holder = { kind: 'running'; execution: Execution } | { kind: 'leased'; lease: Lease };

export function holderOf(
  job: Job,
  executions: readonly Execution[],
  nowMs: number,
  claimant: RunContext,
): Holder | undefined {
  const execution = executions.find((each) => !isOver(each));
  if (execution) return { kind: 'running', execution };
  const lease = leaseOf(job);
  if (!lease || isEarlierAttempt(lease, claimant)) return undefined;
  const done = executionOf(executions, lease.id);
  const endMs = done?.completionTime
    ? Number(done.completionTime.seconds) * 1000 + REMEMBERING_MS
    : Date.parse(lease.until) + SKEW_MS;
  return nowMs < endMs ? { kind: 'leased', lease } : undefined;
}
