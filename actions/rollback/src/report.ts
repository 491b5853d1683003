import { formatDuration } from '@apex-actions/shared/action/duration';
import type { ActionError } from '@apex-actions/shared/action/errors';
import { servedImage } from '@apex-actions/shared/cloudrun/names';
import type { Revision, Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, mainRevision, type Split } from '@apex-actions/shared/cloudrun/traffic';
import type { RecordPort } from '@apex-actions/shared/report/recorder';
import { readHistory, servedSince } from '@apex-actions/shared/rollout/history';
import { readRecord } from '@apex-actions/shared/rollout/record';
import type { Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { describeExposed, type RollbackReport, rollbackSummary } from './summary.ts';
import type { Target } from './target.ts';

export type Result = {
  outputs: { 'from-revision': string; 'to-revision': string; 'duration-seconds': number; url: string };
  summary: string;
  /** What users were on; absent where nobody was moved. */
  left?: Marks;
  failure?: ActionError;
};

/** Which image and commit a revision is of, as far as it is known. */
type Marks = { image: string; commit: string | undefined };

export function marksOf(revision: Revision | undefined): Marks {
  return { image: servedImage(revision?.containers), commit: revision?.labels?.['apex-commit'] ?? undefined };
}

export type Since = { atMs: number; exact: boolean };

/** Since when users have had the revision they are taken from; its creation is the earliest it can have been. */
export function usersSince(
  service: Service,
  before: Split,
  revision: Revision | undefined,
): Since | undefined {
  const read = readRecord(service);
  const known =
    read.kind === 'record'
      ? read.record.servedSince
      : servedSince(readHistory(service), mainRevision(before));
  if (known) return { atMs: Date.parse(known), exact: true };
  const created = Number(revision?.createTime?.seconds ?? 0) * 1000;
  return created > 0 ? { atMs: created, exact: false } : undefined;
}

/** What the report tells of the rollback, and of what the service remembers from before it. */
export function rollbackOf(
  service: Service,
  from: Split,
  { split, how }: Target,
  badSince: Since | undefined,
): Parameters<RecordPort['recordRollback']>[0] {
  const history = readHistory(service).map(({ at, outcome, revision, to, reason, actor }) => ({
    atMs: Date.parse(at),
    outcome,
    revision,
    to,
    ...(reason === undefined ? {} : { reason }),
    ...(actor === undefined ? {} : { actor }),
  }));
  return { from, to: split, chosenAs: how, history, ...(badSince ? { badSince } : {}) };
}

/** A move that was made: how long it took, when users had the target, and what was wrong with it after that. */
export type Moved = {
  durationMs: number;
  atMs: number;
  badSince: Since | undefined;
  problem: string | undefined;
};

/** Outputs, notice and summary; without `moved` nothing was. */
export function done(
  inputs: Inputs,
  service: Service,
  before: Split,
  target: Target,
  moved: Moved | undefined,
  { port, clock, log }: Deps,
): Result {
  const outputs = {
    'from-revision': mainRevision(before),
    'to-revision': mainRevision(target.split),
    'duration-seconds': Math.round((moved?.durationMs ?? 0) / 1000),
    url: service.uri ?? '',
  };
  const report: RollbackReport = {
    id: port.id,
    before,
    after: target.split,
    how: target.how,
    reason: inputs.reason,
    nowMs: clock.nowMs(),
    done: moved
      ? { kind: 'moved', durationMs: moved.durationMs, exposed: exposedBy(moved), problem: moved.problem }
      : { kind: inputs.dryRun ? 'dry run' : 'nothing to do' },
  };
  if (moved) {
    const had = moved.badSince
      ? `; they were on ${outputs['from-revision']} for ${describeExposed(report)}`
      : '';
    log.notice(
      `Users have ${describeSplit(target.split)} again after ${formatDuration(moved.durationMs)}${had}`,
    );
  }
  return { outputs, summary: rollbackSummary(report) };
}

function exposedBy({ badSince, atMs }: Moved): { ms: number; exact: boolean } | undefined {
  return badSince && { ms: atMs - badSince.atMs, exact: badSince.exact };
}
