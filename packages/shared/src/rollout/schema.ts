import { z } from 'zod';
import { ActionError } from '../action/errors.ts';
import { SCHEMA_ANNOTATION } from '../cloudrun/release.ts';
import { idOf, type Revision, type Service } from '../cloudrun/resources.ts';

/** On a service: what its database's schema is, and how it came there. */
const HISTORY_ANNOTATION = 'apex.dev/schema-history';
const KEPT = 100;

const compatibilitySchema = z.enum(['backward', 'breaking']);
const changeSchema = z.object({
  version: z.string(),
  /** `backward`: code that ran before works with the new schema, too. `breaking`: it does not. */
  compatibility: compatibilitySchema,
  at: z.iso.datetime(),
  runUrl: z.string().optional(),
});

const historySchema = z.object({
  /** The version that the last migration has brought, up or down. */
  current: z.string(),
  /** When that one ended, and which execution it was. */
  since: z.iso.datetime(),
  execution: z.string(),
  /** In the order of the versions. Those behind `current` were taken back. */
  changes: z.array(changeSchema).readonly(),
  /** The job that migrates. */
  job: z.string(),
  /** Arguments of the job that take the schema back; `{version}` stands for where to. */
  downArgs: z.array(z.string()).readonly().optional(),
});

export type Compatibility = z.infer<typeof compatibilitySchema>;
export type SchemaChange = z.infer<typeof changeSchema>;
export type SchemaHistory = z.infer<typeof historySchema>;

/** A value of ours on a service; `undefined` where there is none. Throws on what is not ours to understand. */
export function readAnnotation<T>(service: Service, annotation: string, schema: z.ZodType<T>): T | undefined {
  const text = service.annotations?.[annotation];
  if (!text) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ActionError({
      what: `The annotation ${annotation} of service ${idOf(service.name)} cannot be read, so it is not known which revisions fit the database's schema`,
      state: 'Nothing was changed',
      next: 'Correct the annotation, or remove it if no migration is to be remembered, and run the job again',
      cause,
    });
  }
}

/** What is known of the schema; `undefined` where nobody has migrated with us. Throws on what is not ours to understand. */
export const readSchema = (service: Service): SchemaHistory | undefined =>
  readAnnotation(service, HISTORY_ANNOTATION, historySchema);

/** Throws where the schema is not any more what was looked at. */
export function refuseOtherSchema(service: Service, seen: string | undefined): void {
  const current = readSchema(service)?.current;
  if (current === seen) return;
  throw new ActionError({
    what: `The schema of service ${idOf(service.name)} has become ${current ?? 'unknown'} while this was prepared for ${seen ?? 'the one before'}`,
    state: 'Nothing was changed',
    next: 'Run the job again',
  });
}

/** A migration that has succeeded. */
export type Migrated = {
  /** Given, or read from its log. */
  version: string | undefined;
  /** What was declared. */
  compatibility: Compatibility | undefined;
  /** It took the schema back. */
  down: boolean;
  /** When it ended. */
  at: string;
  execution: string;
  runUrl?: string | undefined;
} & Pick<SchemaHistory, 'job' | 'downArgs'>;

/**
 * The version that a migration has brought. One up that names none has most likely found nothing to do, unless it is the
 * first, or declared as breaking: then it is named after its execution. One down goes to the version before.
 */
function versionAfter(before: SchemaHistory | undefined, migrated: Migrated): string {
  const { version, compatibility, down, execution } = migrated;
  if (version !== undefined) return version;
  if (before && down) return before.changes[positionOf(before, before.current) - 1]?.version ?? execution;
  return before && compatibility !== 'breaking' ? before.current : execution;
}

const positionOf = ({ changes }: Pick<SchemaHistory, 'changes'>, version: string | undefined): number =>
  changes.findIndex((each) => each.version === version);

/**
 * The history after a migration; the same one where a later migration is in it already. A version that it knows is where
 * the schema was before: going back keeps what came after, so that it is known what was taken back, and going on from
 * there forgets that. One down to a version that it does not know goes before all that it knows.
 */
export function afterMigration(before: SchemaHistory | undefined, migrated: Migrated): SchemaHistory {
  const { compatibility, down, at, runUrl, job, downArgs = before?.downArgs } = migrated;
  // One that is remembered already, or came before what is.
  if (before && (before.since > at || before.execution === migrated.execution)) return before;
  const version = versionAfter(before, migrated);
  const known = before?.changes ?? [];
  const change = { version, compatibility: compatibility ?? 'backward', at, ...(runUrl ? { runUrl } : {}) };
  const changes = (): readonly SchemaChange[] => {
    if (before && positionOf(before, version) >= 0) {
      const corrects = compatibility !== undefined && version === before.current;
      return known.map((each) => (corrects && each.version === version ? { ...each, compatibility } : each));
    }
    if (before && down) return [{ ...change, compatibility: 'backward' }, ...known];
    return [...known.slice(0, before ? positionOf(before, before.current) + 1 : 0), change].slice(-KEPT);
  };
  const moved = version !== before?.current;
  return {
    current: version,
    since: moved || !before ? at : before.since,
    execution: moved || !before ? migrated.execution : before.execution,
    changes: changes(),
    job,
    ...(downArgs ? { downArgs } : {}),
  };
}

/** The service's annotations with that history. */
export function withSchema(
  annotations: Record<string, string>,
  history: SchemaHistory,
): Record<string, string> {
  return { ...annotations, [HISTORY_ANNOTATION]: JSON.stringify(history) };
}

/** The schema that a revision expects; `undefined` for one that is older than the first migration remembered. */
export const schemaOf = (revision: Revision | undefined): string | undefined =>
  revision?.annotations?.[SCHEMA_ANNOTATION] || undefined;

/** The breaking migrations between the schema that some code expects and the one that is there, in either direction. */
export function breakingBetween(history: SchemaHistory, expected: string | undefined): SchemaChange[] {
  const [from = 0, to = 0] = [positionOf(history, expected), positionOf(history, history.current)].sort(
    (a, b) => a - b,
  );
  return history.changes.slice(from + 1, to + 1).filter(({ compatibility }) => compatibility === 'breaking');
}

/** A revision that does not work with the schema as it is, or of which nobody knows. */
export type Misfit = { revision: string; expects: string | undefined; why: string };

function misfitOf(history: SchemaHistory, revision: Revision): Misfit[] {
  const expects = schemaOf(revision);
  const between = breakingBetween(history, expects).map(({ version }) => version);
  const misfit = (why: string) => [{ revision: idOf(revision.name), expects, why }];
  if (expects !== undefined && positionOf(history, expects) < 0)
    return misfit('which the history does not know');
  if (between.length === 0) return [];
  return misfit(`and ${between.join(', ')} ${between.length === 1 ? 'is' : 'are'} breaking`);
}

/** Those of some revisions that a breaking migration separates from the schema, or whose schema is not known. */
export const misfitsOf = (history: SchemaHistory, revisions: readonly Revision[]): Misfit[] =>
  revisions.flatMap((revision) => misfitOf(history, revision));

/** `api-00041-abc expects schema 41, and 42 is breaking` */
export function describeMisfit({ revision, expects, why }: Misfit): string {
  const schema =
    expects === undefined ? 'the schema before the first migration remembered' : `schema ${expects}`;
  return `${revision} expects ${schema}, ${why}`;
}

const VERSION = '{version}';

/**
 * Whether arguments are those that take the schema back. With tools whose way up has the same form, as to a given version,
 * they are not if a compatibility is declared.
 */
export function isDown(
  args: readonly string[],
  downArgs: readonly string[] | undefined,
  declared: Compatibility | undefined,
): boolean {
  const fits = (arg: string, template: string) => {
    const [start = '', ...ends] = template.split(VERSION);
    if (ends.length === 0) return arg === template;
    return declared === undefined && arg.startsWith(start) && arg.endsWith(ends.at(-1) ?? '');
  };
  return downArgs?.length === args.length && args.every((arg, i) => fits(arg, downArgs[i] ?? ''));
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The command that takes the schema back to a version, for a shell; one that is not known is to be filled in. */
export function downCommand(
  { job, downArgs }: SchemaHistory,
  { project, region }: { project: string; region: string },
  version: string | undefined,
): string {
  const args = downArgs?.map((arg) => arg.replaceAll(VERSION, version ?? 'VERSION'));
  // With another delimiter, since an argument may hold a comma (`gcloud topic escaping`).
  const joined = args?.some((arg) => arg.includes(',')) ? `^;^${args.join(';')}` : args?.join(',');
  return `gcloud run jobs execute ${job} --project=${project} --region=${region} --wait --args=${joined === undefined ? '…' : quoted(joined)}`;
}
