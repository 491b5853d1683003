import { z } from 'zod';
import { ActionError } from '../action/errors.ts';
import { SCHEMA_ANNOTATION } from '../cloudrun/release.ts';
import { idOf, type Revision, type Service } from '../cloudrun/resources.ts';

/** On a service: what its database's schema is, and how it came there. */
export const SCHEMA_HISTORY_ANNOTATION = 'apex.dev/schema-history';

const KEPT = 20;

const changeSchema = z.object({
  version: z.string(),
  /** `backward`: code that ran before works with the new schema, too. `breaking`: it does not. */
  compatibility: z.enum(['backward', 'breaking']),
  at: z.iso.datetime(),
  runUrl: z.string().optional(),
});

const historySchema = z.object({
  /** The version of the last change that was carried out, up or down. */
  current: z.string(),
  /** Oldest first. Those behind `current` were taken back. */
  changes: z.array(changeSchema).readonly(),
  /** The job that migrates. */
  job: z.string(),
  /** Arguments of the job that take the schema back; `{version}` stands for where to. */
  downArgs: z.array(z.string()).readonly().optional(),
});

/** One migration, as it is remembered. */
export type SchemaChange = z.infer<typeof changeSchema>;
export type Compatibility = SchemaChange['compatibility'];
export type SchemaHistory = z.infer<typeof historySchema>;

/** Reads what is known of the schema; `undefined` where nobody has migrated with us. Throws on what is not ours to understand. */
export function readSchema(service: Service): SchemaHistory | undefined {
  const text = service.annotations?.[SCHEMA_HISTORY_ANNOTATION];
  if (!text) return undefined;
  try {
    return historySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ActionError({
      what: `The annotation ${SCHEMA_HISTORY_ANNOTATION} of service ${idOf(service.name)} cannot be read, so it is not known which revisions fit the database's schema`,
      state: 'Nothing was changed',
      next: 'Correct the annotation, or remove it if no migration is to be remembered, and run the job again',
      cause,
    });
  }
}

/**
 * The history after a migration to a version. One that is there already is where the schema was before: going back to it
 * keeps what came after, so that it is known what was taken back; going on from there forgets it.
 */
export function withChange(
  before: SchemaHistory | undefined,
  change: SchemaChange,
  { job, downArgs }: Pick<SchemaHistory, 'job' | 'downArgs'>,
): SchemaHistory {
  const known = before?.changes ?? [];
  const reached = known.findIndex(({ version }) => version === before?.current);
  const again = known.some(({ version }) => version === change.version);
  const changes = again ? known : [...known.slice(0, reached + 1), change].slice(-KEPT);
  const down = downArgs ?? before?.downArgs;
  return { current: change.version, changes, job, ...(down ? { downArgs: down } : {}) };
}

/** The service's annotations with that history. */
export function withSchema(
  annotations: Record<string, string>,
  history: SchemaHistory,
): Record<string, string> {
  return { ...annotations, [SCHEMA_HISTORY_ANNOTATION]: JSON.stringify(history) };
}

/** The schema that a revision expects; `undefined` for one that is older than the first migration remembered. */
export const schemaOf = (revision: Revision | undefined): string | undefined =>
  revision?.annotations?.[SCHEMA_ANNOTATION] || undefined;

/**
 * The breaking migrations that lie between the schema that some code expects and the one that is there, in either direction.
 * A version that the history does not know is taken for older than all of it.
 */
export function breakingBetween(
  { changes, current }: SchemaHistory,
  expected: string | undefined,
): SchemaChange[] {
  const position = (version: string | undefined) => changes.findIndex((each) => each.version === version);
  const [from = 0, to = 0] = [position(expected), position(current)].sort((a, b) => a - b);
  return changes.slice(from + 1, to + 1).filter(({ compatibility }) => compatibility === 'breaking');
}

/** A revision that does not work with the schema as it is. */
export type Misfit = { revision: string; expects: string | undefined; breaking: readonly SchemaChange[] };

/** Those of some revisions that a breaking migration separates from the schema. */
export function misfitsOf(history: SchemaHistory, revisions: readonly Revision[]): Misfit[] {
  return revisions.flatMap((revision) => {
    const expects = schemaOf(revision);
    const breaking = breakingBetween(history, expects);
    return breaking.length === 0 ? [] : [{ revision: idOf(revision.name), expects, breaking }];
  });
}

/** `api-00041-abc expects schema 41 (42 is breaking)` */
export function describeMisfit({ revision, expects, breaking }: Misfit): string {
  const versions = breaking.map(({ version }) => version).join(', ');
  const expected =
    expects === undefined ? 'the schema before the first migration remembered' : `schema ${expects}`;
  return `${revision} expects ${expected} (${versions} ${breaking.length === 1 ? 'is' : 'are'} breaking)`;
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The command that takes the schema back to a version, for a shell; one that is not known is to be filled in. */
export function downCommand(
  { job, downArgs }: SchemaHistory,
  { project, region }: { project: string; region: string },
  version: string | undefined,
): string {
  const args = downArgs?.map((arg) => arg.replaceAll('{version}', version ?? 'VERSION'));
  // With another delimiter, since an argument may hold a comma (`gcloud topic escaping`).
  const given = args
    ? quoted(args.some((arg) => arg.includes(',')) ? `^;^${args.join(';')}` : args.join(','))
    : '…';
  return `gcloud run jobs execute ${job} --project=${project} --region=${region} --wait --args=${given}`;
}
