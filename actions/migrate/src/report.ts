import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import { code, fenced, table } from '@apex-actions/shared/action/markdown';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import { wireMs } from '@apex-actions/shared/cloudrun/wire-time';
import type { Backup } from '@apex-actions/shared/cloudsql/backups';
import type { Followed } from './follow.ts';
import type { Status } from './outcome.ts';

/** How many of the last lines are shown again where people look first, and how much of an annotation they may take. */
const LAST_LINES = 50;
const LAST_CHARACTERS = 2500;
const LONGEST_LINE = 300;

export type Outputs = {
  execution: string;
  status: Status;
  'log-url': string;
  'duration-seconds': number;
  'schema-version': string | undefined;
  backup: string | undefined;
};

/** With a `failure` the step fails after the outputs are set. */
export type Result = { outputs: Outputs; summary: string; failure?: ActionError };

type Ended = Followed & {
  image: string;
  schemaVersion: string | undefined;
  backup: Backup | undefined;
};

const WHAT: Readonly<Record<Exclude<Status, 'succeeded'>, string>> = {
  failed: 'The migration failed',
  cancelled: 'The migration was cancelled',
  'timed-out': 'The migration took longer than `timeout`',
};

const HEADLINES: Readonly<Record<Status, string>> = {
  succeeded: '✅ Migrated',
  failed: '❌ Migration failed',
  cancelled: '⚠️ Migration cancelled',
  'timed-out': '❌ Migration timed out',
};

/** What nobody outside of the database can know. */
export function halfWay(backup: Backup | undefined): string {
  const state =
    'The database may be between two versions: what was committed before the end stays, the rest was taken back only if the tool runs each migration in a transaction';
  return backup ? `${state}. A backup from before is there: ${restoreCommand(backup)}` : state;
}

const restoreCommand = ({ id, instance, project }: Backup): string =>
  `gcloud sql backups restore ${id} --restore-instance=${instance} --project=${project} (it loses all that was written since)`;

/** The last lines, as many as leave room for what to do about them. */
function lastOf(lines: readonly string[]): string[] {
  const shown: string[] = [];
  let characters = 0;
  for (const line of lines.slice(-LAST_LINES).toReversed()) {
    const short = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
    characters += short.length + 3;
    if (characters > LAST_CHARACTERS) break;
    shown.unshift(`  ${short}`);
  }
  return shown;
}

function failureOf({ execution, outcome, lines, backup }: Ended): ActionError | undefined {
  const { status, message, exitCode } = outcome;
  if (status === 'succeeded') return undefined;
  const exit = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
  return new ActionError({
    what: [`${WHAT[status]}${exit}: ${message}`, ...lastOf(lines)].join('\n'),
    state: halfWay(backup),
    next: `Look at the schema, correct the migration and run the job again (log: ${execution.logUri ?? ''})`,
  });
}

function durationMs({ startTime, createTime, completionTime }: Followed['execution']): number {
  return completionTime ? Math.max(0, wireMs(completionTime) - wireMs(startTime ?? createTime)) : 0;
}

export function resultOf(ended: Ended): Result {
  const { execution, outcome, image, schemaVersion, backup, lines } = ended;
  const failure = failureOf(ended);
  const seconds = Math.round(durationMs(execution) / 1000);
  const rows = [
    ['Execution', idOf(execution.name)],
    ['Image', image],
    ['Duration', formatDuration(seconds * 1000)],
    ...(schemaVersion === undefined ? [] : [['Schema', schemaVersion]]),
    ...(backup ? [['Backup before', `${backup.id} of ${backup.instance}`]] : []),
  ];
  const summary = [
    `### ${HEADLINES[outcome.status]}`,
    ...(failure ? [code(outcome.message), halfWay(backup)] : []),
    table(['', ''], rows),
    `[Log](${execution.logUri ?? ''})`,
    ...(failure && lines.length > 0 ? ['Last lines:', fenced(lines.slice(-LAST_LINES))] : []),
  ].join('\n\n');
  return {
    outputs: {
      execution: idOf(execution.name),
      status: outcome.status,
      'log-url': execution.logUri ?? '',
      'duration-seconds': seconds,
      'schema-version': schemaVersion,
      backup: backup?.id,
    },
    summary,
    ...(failure ? { failure } : {}),
  };
}
