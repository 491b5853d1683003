import { z } from 'zod';
import { ActionError } from '../action/errors.ts';
import { idOf, type Service } from '../cloudrun/resources.ts';
import { readAnnotation } from './schema.ts';

/** On a service: a breaking migration of its database that has begun, and has not been seen to succeed. */
const MIGRATION_ANNOTATION = 'apex.dev/migration';

const migrationSchema = z.object({
  /** The run of migrate. */
  id: z.string(),
  at: z.iso.datetime(),
  job: z.string(),
  runUrl: z.string().optional(),
  /** The one before, which had failed: this note does not go unless the migration succeeds. */
  after: z.string().optional(),
});

/**
 * Written before the migration is run, and taken away when it has succeeded. As long as it is there nobody knows what the
 * schema is, so no traffic moves: rollouts and migrations write the same service, on the condition of its etag.
 */
export type Migration = z.infer<typeof migrationSchema>;

export const readMigration = (service: Service): Migration | undefined =>
  readAnnotation(service, MIGRATION_ANNOTATION, migrationSchema);

/** The service's annotations with that migration, or without any. */
export function withMigration(
  annotations: Record<string, string>,
  migration: Migration | undefined,
): Record<string, string> {
  const { [MIGRATION_ANNOTATION]: _, ...others } = annotations;
  return migration ? { ...others, [MIGRATION_ANNOTATION]: JSON.stringify(migration) } : others;
}

/** `A breaking migration by job migrate-shop, begun at … (https://…), is running or has failed` */
const describeMigration = ({ job, at, runUrl }: Migration): string =>
  `A breaking migration by job ${job}, begun at ${at}${runUrl ? ` (${runUrl})` : ''}, is running or has failed`;

/** Throws while a breaking migration has begun and has not succeeded. */
export function refuseDuringMigration(service: Service): void {
  const migration = readMigration(service);
  if (!migration) return;
  throw new ActionError({
    what: `${describeMigration(migration)}, so it is not known which code fits the database of service ${idOf(service.name)}`,
    state: 'Nothing was changed',
    next: `Wait for it; if it has failed, run migrate again, up or down, until it succeeds. If the database is in order, remove the annotation ${MIGRATION_ANNOTATION} from the service`,
  });
}
