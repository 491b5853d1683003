import { formatDuration } from '@apex-actions/shared/action/duration';
import { code, table } from '@apex-actions/shared/action/markdown';
import type { ServiceId } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, mainRevision, type Split } from '@apex-actions/shared/cloudrun/traffic';
import { assemble, shorten } from '@apex-actions/shared/report/summary/blocks';
import { links } from '@apex-actions/shared/report/summary/links';
import { named, namedSplit } from '@apex-actions/shared/report/summary/names';

/** A rollback as its summary tells it. */
export type RollbackReport = {
  id: ServiceId;
  before: Split;
  after: Split;
  how: string;
  reason: string | undefined;
  /** Epoch ms, of the summary. */
  nowMs: number;
  done:
    | { kind: 'nothing to do' }
    | { kind: 'dry run' }
    | {
        kind: 'moved';
        durationMs: number;
        /** How long users were on the left revision; not `exact` where only its creation is known. */
        exposed: { ms: number; exact: boolean } | undefined;
        /** What the service answers since, where that is not as it should. */
        problem: string | undefined;
      };
};

const TEXT = 400;
/** Without a time since when users had the revision, its logs of the last hour. */
const HOUR_MS = 3_600_000;

/** `at most 4m`, or that it is not known. */
export function describeExposed({ done }: Pick<RollbackReport, 'done'>): string {
  if (done.kind !== 'moved' || !done.exposed) return 'unknown';
  return `${done.exposed.exact ? '' : 'at most '}${formatDuration(done.exposed.ms)}`;
}

function headline({ id, done }: RollbackReport): string {
  const service = named(id.service);
  if (done.kind === 'dry run') return `## ⏪ Dry run of a rollback: ${service}`;
  if (done.kind === 'nothing to do') return `## ⏪ Nothing to roll back: ${service}`;
  return `## ${done.problem === undefined ? '⏪ Rolled back' : '⚠️ Rolled back, and it does not answer'}: ${service}`;
}

function sentence(report: RollbackReport): string {
  const { before, after, done } = report;
  if (done.kind === 'dry run') {
    return `**Nothing was changed.** Users would go from ${namedSplit(before)} to ${namedSplit(after)}.`;
  }
  if (done.kind === 'nothing to do') return `**Users have ${namedSplit(before)} already.**`;
  const left = named(mainRevision(before));
  const had = done.exposed
    ? `; they were on ${left} for ${describeExposed(report)}`
    : `; since when they were on ${left} is not known`;
  const problem =
    done.problem === undefined
      ? ''
      : ` The service does not answer as it should: ${code(shorten(done.problem, TEXT))}.`;
  return `**Users have ${namedSplit(after)} again.** It took ${formatDuration(done.durationMs)}${had}.${problem}`;
}

/** The job summary of a rollback: what users have first, then how it came to that, and where to look further. */
export function rollbackSummary(report: RollbackReport): string {
  const { id, before, after, how, reason, nowMs, done } = report;
  const rows = [
    ['From', describeSplit(before)],
    ['To', describeSplit(after)],
    ['Chosen as', how],
    ['Users on the left revision for', describeExposed(report)],
    ['Rollback took', done.kind === 'moved' ? formatDuration(done.durationMs) : '–'],
    ['Reason', reason ?? 'none given'],
  ];
  const sinceMs = done.kind === 'moved' && done.exposed ? done.durationMs + done.exposed.ms : HOUR_MS;
  return assemble([
    headline(report),
    sentence(report),
    table(
      ['', ''],
      rows.map((row) => row.map((cell) => shorten(cell, TEXT))),
    ),
    `Of ${named(mainRevision(before))}: ${links(id, mainRevision(before), { startMs: nowMs - sinceMs, endMs: nowMs })}`,
  ]);
}
