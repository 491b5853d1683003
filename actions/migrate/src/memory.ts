import { isDeepStrictEqual } from 'node:util';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { type Migration, readMigration, withMigration } from '@apex-actions/shared/rollout/migration';
import {
  afterMigration,
  isDown,
  readSchema,
  type SchemaHistory,
  withSchema,
} from '@apex-actions/shared/rollout/schema';
import { CHANGE_TIMEOUT_MS } from './deps.ts';
import type { Followed } from './follow.ts';
import { lastMarker } from './marker.ts';
import type { Begun } from './state.ts';

const POLICY = { deadlineMs: CHANGE_TIMEOUT_MS };

/** Says on the service that a breaking migration is about to begin, if `allowed` does not throw for the service as it is. */
export async function announce(
  migration: Migration,
  allowed: (service: Service) => void,
  port: ServicePort,
): Promise<void> {
  await changeService(
    port,
    (service) => {
      if (readMigration(service)?.id === migration.id) return undefined;
      allowed(service);
      return {
        change: { annotations: withMigration(service.annotations ?? {}, migration) },
        mask: ['annotations'],
      };
    },
    POLICY,
  );
}

/** Takes that back where nothing was run. */
export async function withdraw(id: string, port: ServicePort): Promise<void> {
  await changeService(
    port,
    (service) => {
      if (readMigration(service)?.id !== id) return undefined;
      return {
        change: { annotations: withMigration(service.annotations ?? {}, undefined) },
        mask: ['annotations'],
      };
    },
    POLICY,
  );
}

type What = Pick<Begun, 'compatibility' | 'schemaVersion' | 'args' | 'downArgs' | 'job' | 'runUrl'>;

const toIso = (time: { seconds?: unknown } | null | undefined): string =>
  new Date(Number(time?.seconds ?? 0) * 1000).toISOString();

function historyAfter(
  before: SchemaHistory | undefined,
  what: What,
  { execution, lines }: Followed,
): SchemaHistory {
  const marker = lastMarker(lines);
  const { compatibility, schemaVersion, args, downArgs, job, runUrl } = what;
  return afterMigration(before, {
    version: schemaVersion ?? marker?.version,
    compatibility,
    down: marker?.down === true || isDown(args, downArgs ?? before?.downArgs),
    at: toIso(execution.completionTime),
    execution: idOf(execution.name),
    runUrl,
    job,
    downArgs: downArgs ?? before?.downArgs,
  });
}

/** Keeps on the service which schema its database has now, and answers that. */
export async function rememberSchema(
  what: What,
  followed: Followed,
  port: ServicePort,
  log: Log,
): Promise<string> {
  let history: SchemaHistory | undefined;
  try {
    await changeService(
      port,
      (service) => {
        const before = readSchema(service);
        history = historyAfter(before, what, followed);
        if (isDeepStrictEqual(history, before) && !readMigration(service)) return undefined;
        const annotations = withMigration(withSchema(service.annotations ?? {}, history), undefined);
        return { change: { annotations }, mask: ['annotations'] };
      },
      POLICY,
    );
  } catch (cause) {
    const version = history?.current ?? what.schemaVersion ?? 'a version that is not known';
    throw new ActionError({
      what: `The migration to ${version} succeeded, but it could not be remembered on service ${port.id.service}: ${describeError(cause)}`,
      state: `The database has schema ${version}; rollouts and rollbacks do not know of it`,
      next: 'Run the job again with the same inputs: a migration that is done already does nothing',
      cause,
    });
  }
  const current = history?.current ?? '';
  const change = history?.changes.find(({ version }) => version === current);
  log.info(`Service ${port.id.service} has schema ${current} (${change?.compatibility ?? 'backward'})`);
  return current;
}
