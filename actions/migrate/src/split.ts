import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError } from '@apex-actions/shared/action/errors';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, servingSplit } from '@apex-actions/shared/cloudrun/traffic';
import { isAbandoned, readRecord } from '@apex-actions/shared/rollout/record';
import type { Compatibility } from '@apex-actions/shared/rollout/schema';

/**
 * While old and new code serve side by side, or may do so again because a rollout is watched, both must work with whatever
 * the database becomes.
 */
export function refuseSplit(
  service: Service,
  compatibility: Compatibility | undefined,
  { clock, context }: { clock: Clock; context: RunContext },
): void {
  if (compatibility === 'backward') return;
  const read = readRecord(service);
  const split = servingSplit(service);
  if (read.kind === 'none' && split.length < 2) return;
  const name = idOf(service.name);
  const dead = read.kind === 'record' && isAbandoned(read.record, clock.nowMs(), context);
  const run = read.kind === 'record' ? ` (${read.record.runUrl ?? read.record.id})` : '';
  const rollout = read.kind === 'none' ? '' : `, and a ${dead ? 'dead ' : ''}rollout has not ended${run}`;
  throw new ActionError({
    what: `Users of service ${name} have ${describeSplit(split)}${rollout}`,
    state: 'Nothing was run',
    next: dead
      ? 'Undo what the dead rollout left with the rollback action and `to: stable`, and run the job again'
      : 'Let the rollout end, or roll it back, before you migrate; or set `compatibility: backward` if all of them work with the old schema and the new',
  });
}
