import type { Clock } from '@apex-actions/shared/action/clock';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { describeSplit } from '@apex-actions/shared/cloudrun/traffic';
import { type Identity, TrafficTaken } from '@apex-actions/shared/rollout/control';
import { readRecord } from '@apex-actions/shared/rollout/record';
import { controlOf } from './deps.ts';

/** How a rollout ended that its own step could not end. */
export type Repaired = {
  outcome: 'promoted' | 'aborted' | 'rolled-back' | 'handed-over';
  reason: string;
  revision: string;
  image: string;
};

export type PostDeps = {
  port: ServicePort;
  clock: Clock;
  log: Log;
  identity: Identity;
  /** Whether main had found the release failing. */
  failing: boolean;
};

/**
 * Restores stable when the main step did not end its rollout: it was killed, or its last change failed. Works from the
 * record on the service alone, and does nothing when the record is gone or another run's.
 */
export async function post({ port, clock, log, identity, failing }: PostDeps): Promise<Repaired | undefined> {
  const service = await port.get();
  const read = service ? readRecord(service) : { kind: 'none' as const };
  if (read.kind !== 'record' || read.record.id !== identity.id) {
    log.info('The service carries no record of this rollout: nothing is left to restore');
    return undefined;
  }
  const { record } = read;
  const { canary: revision, image } = record;
  const control = controlOf({ port, repairPort: port, clock, identity, tag: record.tag }, record);
  try {
    if (record.phase === 'watching' && !failing) {
      await control.finishPromoted('the watch was cut short');
      log.info(`${record.canary} had been promoted and stays; its watch was cut short`);
      return { outcome: 'promoted', reason: 'its watch was cut short', revision, image };
    }
    const outcome = failing ? 'rolled-back' : 'aborted';
    const reason = failing
      ? 'the verdict was failing, and the step ended before stable was restored'
      : 'the step ended before the rollout did';
    await control.restore(outcome, reason);
    log.warning(
      `The step ended with ${record.percent} % on ${record.canary}; stable is restored: ${describeSplit(record.stable)}`,
    );
    return { outcome, reason, revision, image };
  } catch (error) {
    if (error instanceof TrafficTaken) {
      await control.handOver(error.message);
      log.warning(`The traffic was left alone: ${error.message}`);
      return { outcome: 'handed-over', reason: error.message, revision, image };
    }
    throw new ActionError({
      what: `Stable could not be restored: ${describeError(error)}`,
      state: `Users have ${record.percent} % on ${record.canary}, the rest on ${describeSplit(record.stable)}`,
      next: 'Run the rollback action for this service, or its next deploy, which restores stable first',
      cause: error,
    });
  }
}
