import { isDeepStrictEqual } from 'node:util';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { readSchema, type SchemaChange, withChange, withSchema } from '@apex-actions/shared/rollout/schema';
import { CHANGE_TIMEOUT_MS } from './deps.ts';

export type Migrated = Omit<SchemaChange, 'version'> & {
  /** Given, or read from the log. */
  version: string | undefined;
  execution: string;
  job: string;
  downArgs: readonly string[] | undefined;
};

/**
 * Keeps on the service which schema its database has now, and answers that. A migration that names none has most likely
 * found nothing to do, unless it is the first, or declared as breaking: then it is named after its execution.
 */
export async function rememberSchema(migrated: Migrated, port: ServicePort, log: Log): Promise<string> {
  const { version, execution, job, downArgs, ...rest } = migrated;
  let current = version ?? execution;
  try {
    await changeService(
      port,
      (service) => {
        const before = readSchema(service);
        const unchanged = rest.compatibility === 'backward' ? before?.current : undefined;
        current = version ?? unchanged ?? execution;
        const kept = { job, ...(downArgs ? { downArgs: [...downArgs] } : {}) };
        const history = withChange(before, { ...rest, version: current }, kept);
        if (isDeepStrictEqual(history, before)) return undefined;
        return {
          change: { annotations: withSchema(service.annotations ?? {}, history) },
          mask: ['annotations'],
        };
      },
      { deadlineMs: CHANGE_TIMEOUT_MS },
    );
  } catch (cause) {
    throw new ActionError({
      what: `The migration to ${current} succeeded, but it could not be remembered on service ${port.id.service}: ${describeError(cause)}`,
      state: `The database has schema ${current}; rollouts and rollbacks do not know of it`,
      next: 'Run the job again with the same inputs: a migration that is done already does nothing',
      cause,
    });
  }
  log.info(
    version === undefined
      ? `Neither \`schema-version\` nor the log names a version; service ${port.id.service} has schema ${current}`
      : `Service ${port.id.service} has schema ${current} (${rest.compatibility})`,
  );
  return current;
}
