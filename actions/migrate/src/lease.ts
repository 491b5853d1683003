import { isEarlierAttempt, type RunContext } from '@apex-actions/shared/action/context';
import type { Execution, Job } from '@apex-actions/shared/cloudrun/jobs';
import { z } from 'zod';

/** On a job: whose migration is about to be run. */
const LEASE_ANNOTATION = 'apex.dev/lease';
/** On a job's executions: which run of this action started them. */
export const RUN_ANNOTATION = 'apex.dev/run';

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
 * its name on the job, on the condition of the etag, and only one can.
 */
export type Lease = z.infer<typeof leaseSchema>;

/** How far the clock of the run that wrote the lease may be from ours. */
const SKEW_MS = 5 * 60_000;

function leaseOf(job: Job): Lease | undefined {
  try {
    return leaseSchema.parse(JSON.parse(job.annotations?.[LEASE_ANNOTATION] ?? ''));
  } catch {
    return undefined; // None, or an edited one: it ends nobody's migration, and nobody waits for it.
  }
}

/** The job with our name on it and on its executions. */
export function leased(job: Job, lease: Lease): Job {
  return {
    ...job,
    annotations: { ...job.annotations, [LEASE_ANNOTATION]: JSON.stringify(lease) },
    template: {
      ...job.template,
      annotations: { ...job.template?.annotations, [RUN_ANNOTATION]: lease.id },
    },
  };
}

/** The job without our name; `undefined` where it does not carry it. */
export function released(job: Job, id: string): Job | undefined {
  if (leaseOf(job)?.id !== id) return undefined;
  const { [LEASE_ANNOTATION]: _, ...annotations } = job.annotations ?? {};
  return { ...job, annotations };
}

export const isLeasedTo = (job: Job, id: string): boolean => leaseOf(job)?.id === id;

export const isRunning = ({ completionTime }: Execution): boolean => !completionTime;

export function executionOf(executions: readonly Execution[], id: string): Execution | undefined {
  return executions.find(({ annotations }) => annotations?.[RUN_ANNOTATION] === id);
}

/** Who uses the job: an execution that runs, or a run that is about to start one. */
export type Holder = { kind: 'running'; execution: Execution } | { kind: 'leased'; lease: Lease };

export function holderOf(
  job: Job,
  executions: readonly Execution[],
  nowMs: number,
  claimant: RunContext,
): Holder | undefined {
  const execution = executions.find(isRunning);
  if (execution) return { kind: 'running', execution };
  const lease = leaseOf(job);
  if (!lease || executionOf(executions, lease.id) || isEarlierAttempt(lease, claimant)) return undefined;
  return nowMs < Date.parse(lease.until) + SKEW_MS ? { kind: 'leased', lease } : undefined;
}
