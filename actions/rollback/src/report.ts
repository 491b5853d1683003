import { formatDuration } from '@apex-actions/shared/action/duration';
import type { ActionError } from '@apex-actions/shared/action/errors';
import { code, table } from '@apex-actions/shared/action/markdown';
import { logsLink, revisionsLink } from '@apex-actions/shared/cloudrun/console';
import type { Revision, Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, mainRevision, type Split } from '@apex-actions/shared/cloudrun/traffic';
import type { RecordPort } from '@apex-actions/shared/report/recorder';
import { readHistory, servedSince } from '@apex-actions/shared/rollout/history';
import { readRecord } from '@apex-actions/shared/rollout/record';
import type { Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import type { Target } from './target.ts';

export type Result = {
  outputs: { 'from-revision': string; 'to-revision': string; 'duration-seconds': number; url: string };
  summary: string;
  failure?: ActionError;
};

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

/** Outputs, notice and summary. A duration of 0 means that nothing was moved. */
export function done(
  inputs: Inputs,
  service: Service,
  before: Split,
  target: Target,
  durationMs: number,
  badSince: Since | undefined,
  { port, clock, log }: Deps,
): Result {
  const outputs = {
    'from-revision': mainRevision(before),
    'to-revision': mainRevision(target.split),
    'duration-seconds': Math.round(durationMs / 1000),
    url: service.uri ?? '',
  };
  const exposed =
    badSince && `${badSince.exact ? '' : 'at most '}${formatDuration(clock.nowMs() - badSince.atMs)}`;
  if (durationMs > 0) {
    log.notice(
      `Users have ${describeSplit(target.split)} again after ${formatDuration(durationMs)}${exposed ? `; they were on ${outputs['from-revision']} for ${exposed}` : ''}`,
    );
  }
  const rows = [
    ['From', describeSplit(before)],
    ['To', describeSplit(target.split)],
    ['Chosen as', target.how],
    ['Users on the left revision for', exposed ?? 'unknown'],
    ['Rollback took', formatDuration(durationMs)],
    ['Reason', inputs.reason ?? 'none given'],
  ];
  const headline = inputs.dryRun ? 'Dry run of a rollback' : 'Rolled back';
  const links = `[Revisions](${revisionsLink(port.id)}) · [Logs of ${outputs['from-revision']}](${logsLink(port.id, outputs['from-revision'])})`;
  return {
    outputs,
    summary: `## ⏪ ${headline}: ${code(inputs.service)}\n\n${table(['', ''], rows)}\n\n${links}\n`,
  };
}
