import { Status } from 'google-gax';
import { ActionError, describeError } from '../action/errors.ts';
import type { JobId } from './jobs.ts';
import type { ServiceId } from './resources.ts';

function grpcCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}

export function isNotFound(error: unknown): boolean {
  return grpcCode(error) === Status.NOT_FOUND;
}

/** The write was refused because the service is no longer the one that was read (its etag changed). */
export function isConflict(error: unknown): boolean {
  return grpcCode(error) === Status.ABORTED;
}

export function isPermissionDenied(error: unknown): boolean {
  return grpcCode(error) === Status.PERMISSION_DENIED;
}

/** Somebody else has made it first. */
export function isAlreadyThere(error: unknown): boolean {
  return grpcCode(error) === Status.ALREADY_EXISTS;
}

const HINTS: Record<number, string> = {
  [Status.PERMISSION_DENIED]:
    'Grant the deploying account roles/run.developer on the service or job, roles/iam.serviceAccountUser on its runtime account, and roles/monitoring.viewer on the project',
  [Status.UNAUTHENTICATED]:
    'Check the google-github-actions/auth step: the credentials were refused or have expired',
  [Status.NOT_FOUND]: 'Check service or job, region and project-id',
  [Status.INVALID_ARGUMENT]: 'Correct the value that Cloud Run names above',
};

/** Turns what an API call threw into an error a user can act on. */
export function explain(error: unknown, doing: string, id: ServiceId | JobId, state: string): ActionError {
  if (error instanceof ActionError) return error;
  const code = grpcCode(error);
  const [kind, name] = 'job' in id ? ['job', id.job] : ['service', id.service];
  return new ActionError({
    what: `${doing} failed for ${kind} ${name} in ${id.project}/${id.region}: ${describeError(error)}`,
    state,
    next:
      (code === undefined ? undefined : HINTS[code]) ??
      `Run the job again; if it persists, look at the ${kind} in the Cloud Run console`,
    cause: error,
  });
}
