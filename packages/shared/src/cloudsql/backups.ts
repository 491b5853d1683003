import { sqladmin_v1 } from '@googleapis/sqladmin';
import type { Clock } from '../action/clock.ts';
import { formatDuration } from '../action/duration.ts';
import { ActionError, describeError } from '../action/errors.ts';
import { isTransient, type RetryOptions, retrying } from '../action/retry.ts';
import { createAuth, findCredentials } from '../cloudrun/credentials.ts';
import { readEndpoint } from '../cloudrun/endpoint.ts';

export type Backup = { id: string; instance: string; project: string };

export type BackupPort = {
  /** Makes an on-demand backup and waits for it. */
  create(project: string, instance: string, description: string): Promise<Backup>;
};

type Operation = sqladmin_v1.Schema$Operation;
type Env = Record<string, string | undefined>;
type Options = { env: Env; clock: Clock; signal: AbortSignal; onRetry: RetryOptions['onRetry'] };

const CALL_TIMEOUT_MS = 60_000;
/** Backups are incremental; the first one of a large instance takes longest. */
const BACKUP_TIMEOUT_MS = 55 * 60_000;
/** How long another operation of the instance may take. */
const BUSY_TIMEOUT_MS = 15 * 60_000;
const POLL_MS = 5000;
const FIRST_POLL_MS = 500;

/** The adapter on the Cloud SQL Admin API (`cloudsql.backupRuns.create`, as in roles/cloudsql.editor). */
export async function createBackupPort({ env, clock, signal, onRetry }: Options): Promise<BackupPort> {
  const endpoint = readEndpoint('CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL', env);
  const auth = createAuth();
  if (endpoint.kind !== 'loopback') await findCredentials(auth);
  const scheme = endpoint.kind === 'loopback' ? 'http' : 'https';
  const admin = new sqladmin_v1.Sqladmin({
    ...(endpoint.kind === 'loopback' ? {} : { auth }),
    ...(endpoint.kind === 'default' ? {} : { rootUrl: `${scheme}://${endpoint.host}:${endpoint.port}/` }),
  });
  const callOptions = { timeout: CALL_TIMEOUT_MS, retry: false, signal };
  const policy = { deadlineMs: CALL_TIMEOUT_MS, signal, ...(onRetry ? { onRetry } : {}) };

  async function finish(project: string, operation: string): Promise<Operation> {
    const deadline = clock.nowMs() + BACKUP_TIMEOUT_MS;
    for (let delayMs = FIRST_POLL_MS; ; delayMs = Math.min(delayMs * 2, POLL_MS)) {
      const { data } = await retrying(() => admin.operations.get({ project, operation }, callOptions), {
        ...policy,
        retryable: isPassing,
      });
      if (data.status === 'DONE') return data;
      if (clock.nowMs() > deadline)
        throw new Error(`it is ${data.status} after ${formatDuration(BACKUP_TIMEOUT_MS)}`);
      await clock.sleep(delayMs, signal);
    }
  }

  return {
    async create(project, instance, description) {
      try {
        const requestBody = { description, instance };
        const insert = () => admin.backupRuns.insert({ project, instance, requestBody }, callOptions);
        const { data } = await retrying(insert, {
          ...policy,
          deadlineMs: BUSY_TIMEOUT_MS,
          retryable: isRefused,
        });
        const done = await finish(project, data.name ?? '');
        const [problem] = done.error?.errors ?? [];
        if (problem) throw new Error(problem.message ?? problem.code ?? 'Cloud SQL gives no reason');
        const id = done.backupContext?.backupId ?? data.backupContext?.backupId;
        if (!id) throw new Error('Cloud SQL gives no id of it');
        return { id, instance, project };
      } catch (cause) {
        signal.throwIfAborted();
        throw new ActionError({
          what: `The backup of Cloud SQL instance ${instance} in ${project} failed: ${describeError(cause)}`,
          state: 'Nothing was migrated',
          next: 'Check `backup-instance`, and that the deploying account has roles/cloudsql.editor there; or leave `backup-instance` out',
          cause,
        });
      }
    },
  };
}

/** Nothing was begun: too many calls, or another operation of the instance is under way, such as its automatic backup. */
const isRefused = (error: unknown): boolean => [409, 429].includes(statusOf(error));

const isPassing = (error: unknown): boolean => {
  const status = statusOf(error);
  return status === 429 || status >= 500 || isTransient(error);
};

function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : 0;
}
