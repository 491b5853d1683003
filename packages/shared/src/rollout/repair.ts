import type { Log } from '../action/log.ts';
import { describeSplit } from '../cloudrun/traffic.ts';
import { nameOf } from './claim.ts';
import { type RolloutControl, TrafficTaken } from './control.ts';

/** `kept`: the canary had been promoted. `handed-over`: somebody has set the traffic since. */
export type Repair = 'restored' | 'kept' | 'handed-over';

/**
 * Puts right what a dead run left: the canary's users go back to stable; after promotion only the record goes, since the
 * canary had earned the traffic before its run died. What somebody else has given users since then they keep.
 */
export async function repairAbandoned(control: RolloutControl, log: Log): Promise<Repair> {
  const { record } = control;
  const who = nameOf(record);
  try {
    if (record.phase === 'watching') {
      log.warning(`The watch of ${who} was abandoned; ${record.canary} stays promoted`);
      await control.finishPromoted('the watch was abandoned');
      return 'kept';
    }
    log.warning(
      `The rollout of ${who} was abandoned at ${record.percent} %; restoring ${describeSplit(record.stable)}`,
    );
    await control.restore('aborted', 'the run that started this rollout did not end it');
    return 'restored';
  } catch (error) {
    if (!(error instanceof TrafficTaken)) throw error;
    log.warning(`It is left as somebody else has set it: ${error.message}`);
    await control.handOver(error.message);
    return 'handed-over';
  }
}
