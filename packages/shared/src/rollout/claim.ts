import type { Clock } from '../action/clock.ts';
import type { RunContext } from '../action/context.ts';
import { ActionError } from '../action/errors.ts';
import type { Service } from '../cloudrun/resources.ts';
import { isAbandoned, RECORD_ANNOTATION, type RolloutRecord, readRecord } from './record.ts';

/** The run of a rollout, and who started it. */
export function nameOf(record: RolloutRecord): string {
  const run = record.runUrl ?? record.id;
  return record.actor ? `${run} (started by ${record.actor})` : run;
}

/** The record of a rollout whose run is dead, if there is one. Throws when the rollout is alive, or the record unreadable. */
export function findAbandoned(
  service: Service,
  clock: Clock,
  claimant: RunContext,
  name: string,
): RolloutRecord | undefined {
  const read = readRecord(service);
  if (read.kind === 'none') return undefined;
  if (read.kind === 'unreadable') {
    throw new ActionError({
      what: `The annotation ${RECORD_ANNOTATION} of service ${name} cannot be read, so it is not known what another rollout left`,
      state: 'Nothing was changed',
      next: 'Look at the traffic in the console; when it is as you want it, remove the annotation and run the job again',
    });
  }
  if (!isAbandoned(read.record, clock.nowMs(), claimant)) throw otherRollout(read.record, name);
  return read.record;
}

/** The error of a run that found somebody else's rollout. */
export function otherRollout(record: RolloutRecord, name: string): ActionError {
  const state = 'Nothing was changed';
  if (record.phase === 'held') {
    return new ActionError({
      what: `A rollout of service ${name} is held at ${record.percent} % on ${record.canary}: ${nameOf(record)}`,
      state,
      next: `Resume it with the input \`resume\`, or take it out with the rollback action; it is given up at ${record.leaseUntil}`,
    });
  }
  return new ActionError({
    what: `Another rollout of service ${name} is running: ${nameOf(record)}`,
    state,
    next: `Wait for it, cancel it, or take its canary out with the rollback action; its lease ends at ${record.leaseUntil} if it is dead`,
  });
}
