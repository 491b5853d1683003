import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { readSchema, type SchemaChange, withChange, withSchema } from '@apex-actions/shared/rollout/schema';
import { CHANGE_TIMEOUT_MS } from './deps.ts';

export type Memory = { change: SchemaChange; job: string; downArgs: readonly string[] | undefined };

/** Keeps on the service which schema its database has now. */
export async function rememberSchema(
  { change, job, downArgs }: Memory,
  port: ServicePort,
  log: Log,
): Promise<void> {
  try {
    await changeService(
      port,
      (service) => {
        const before = readSchema(service);
        if (before?.current === change.version && before.job === job && !downArgs) return undefined;
        const history = withChange(before, change, { job, ...(downArgs ? { downArgs: [...downArgs] } : {}) });
        return {
          change: { annotations: withSchema(service.annotations ?? {}, history) },
          mask: ['annotations'],
        };
      },
      { deadlineMs: CHANGE_TIMEOUT_MS },
    );
  } catch (cause) {
    throw new ActionError({
      what: `The migration to ${change.version} succeeded, but it could not be remembered on service ${port.id.service}: ${describeError(cause)}`,
      state: `The database has schema ${change.version}; rollouts and rollbacks do not know of it`,
      next: 'Run the job again with the same inputs: a migration that is done already does nothing',
      cause,
    });
  }
  log.info(`Service ${port.id.service} has schema ${change.version} (${change.compatibility})`);
}
