import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '@apex-actions/shared/action/clock';
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
      const before = readMigration(service);
      const note = { ...migration, ...(before ? { after: before.id } : {}) };
      return {
        change: { annotations: withMigration(service.annotations ?? {}, note) },
        mask: ['annotations'],
      };
    },
    POLICY,
  );
}

/** Takes that back where nothing was run, and nothing had failed before. */
export async function withdraw(id: string, port: ServicePort): Promise<void> {
  await changeService(
    port,
    (service) => {
      const note = readMigration(service);
      if (note?.id !== id || note.after !== undefined) return undefined;
      return {
        change: { annotations: withMigration(service.annotations ?? {}, undefined) },
        mask: ['annotations'],
      };
    },
    POLICY,
  );
}

type What = Pick<Begun, 'id' | 'compatibility' | 'schemaVersion' | 'args' | 'downArgs' | 'job' | 'runUrl'>;

const toMs = (time: { seconds?: unknown } | null | undefined, otherwiseMs: number): number =>
  time ? Number(time.seconds) * 1000 : otherwiseMs;

const versionOf = ({ schemaVersion }: What, { lines }: Followed): string | undefined =>
  schemaVersion ?? lastMarker(lines)?.version;

function historyAfter(
  before: SchemaHistory | undefined,
  what: What,
  followed: Followed,
  nowMs: number,
): SchemaHistory {
  const { compatibility, args, downArgs, job, runUrl } = what;
  const { execution, lines } = followed;
  return afterMigration(before, {
    version: versionOf(what, followed),
    compatibility,
    down: lastMarker(lines)?.down === true || isDown(args, downArgs ?? before?.downArgs, compatibility),
    at: new Date(toMs(execution.completionTime, nowMs)).toISOString(),
    execution: idOf(execution.name),
    runUrl,
    job,
    downArgs,
  });
}

/** A note that is ours, or of a migration that failed before this one began. */
const isSettledBy = ({ id, at }: Migration, what: What, { execution }: Followed, nowMs: number): boolean =>
  id === what.id || Date.parse(at) <= toMs(execution.createTime, nowMs);

/** Keeps on the service which schema its database has now, and answers that. */
export async function rememberSchema(
  what: What,
  followed: Followed,
  port: ServicePort,
  { clock, log }: { clock: Clock; log: Log },
): Promise<string> {
  const nowMs = clock.nowMs();
  let history: SchemaHistory | undefined;
  try {
    await changeService(
      port,
      (service) => {
        const before = readSchema(service);
        const note = readMigration(service);
        const settles = note !== undefined && isSettledBy(note, what, followed, nowMs);
        history = historyAfter(before, what, followed, nowMs);
        if (isDeepStrictEqual(history, before) && !settles) return undefined;
        const annotations = withSchema(service.annotations ?? {}, history);
        return {
          change: { annotations: settles ? withMigration(annotations, undefined) : annotations },
          mask: ['annotations'],
        };
      },
      POLICY,
    );
  } catch (cause) {
    const version = history?.current ?? what.schemaVersion ?? 'a version that is not known';
    throw new ActionError({
      what: `The migration to ${version} succeeded, but it could not be remembered on service ${port.id.service}: ${describeError(cause)}`,
      state: `The database has schema ${version}; rollouts and rollbacks do not know of it`,
      next: `Run the job again with \`schema-version: ${version}\`: a migration that is done already does nothing`,
      cause,
    });
  }
  if (!followed.complete && versionOf(what, followed) === undefined) {
    log.warning(
      'The end of the log was not seen, and with it perhaps the version of the schema: give `schema-version` if it has changed',
    );
  }
  const current = history?.current ?? '';
  const change = history?.changes.find(({ version }) => version === current);
  log.info(`Service ${port.id.service} has schema ${current} (${change?.compatibility ?? 'backward'})`);
  return current;
}
