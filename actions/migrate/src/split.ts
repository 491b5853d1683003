import { ActionError } from '@apex-actions/shared/action/errors';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, servingSplit } from '@apex-actions/shared/cloudrun/traffic';
import { readRecord } from '@apex-actions/shared/rollout/record';
import type { Compatibility } from '@apex-actions/shared/rollout/schema';

/** While old and new code serve side by side, both must work with whatever the database becomes. */
export function refuseSplit(service: Service, compatibility: Compatibility | undefined): void {
  if (compatibility === 'backward') return;
  const read = readRecord(service);
  const split = servingSplit(service);
  const rollout = read.kind !== 'none' && !(read.kind === 'record' && read.record.phase === 'watching');
  if (!rollout && split.length < 2) return;
  const run = read.kind === 'record' ? `, ${read.record.runUrl ?? read.record.id}` : '';
  throw new ActionError({
    what: `Service ${idOf(service.name)} serves several revisions, or is about to (${describeSplit(split)}${rollout ? `; a rollout is in progress${run}` : ''})`,
    state: 'Nothing was changed',
    next: 'Let the rollout end, or roll it back, before you migrate; or set `compatibility: backward` if all of them work with the old schema and the new',
  });
}
