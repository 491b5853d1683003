import { ActionError } from '@apex-actions/shared/action/errors';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import { servedImage } from '@apex-actions/shared/cloudrun/names';
import type { Service } from '@apex-actions/shared/cloudrun/resources';
import {
  describeSplit,
  mainRevision,
  type Split,
  sameSplit,
  servingSplit,
  trafficFor,
} from '@apex-actions/shared/cloudrun/traffic';
import { type HistoryEntry, readHistory, withHistory } from '@apex-actions/shared/rollout/history';
import { refuseDuringMigration } from '@apex-actions/shared/rollout/migration';
import { readRecord, withRecord } from '@apex-actions/shared/rollout/record';
import { tagsOf } from '@apex-actions/shared/rollout/restore';
import { refuseOtherSchema } from '@apex-actions/shared/rollout/schema';
import { CHECK_TAGS } from './check.ts';
import { CHANGE_TIMEOUT_MS, type Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import type { Checked } from './schema.ts';

/**
 * All users to `split` in one update, which also ends a rollout that is in progress (its record and its tags go),
 * takes the tags of the check away and writes the history. A lost race is decided again: the rollback wins. Returns when Cloud Run shows it.
 */
export async function move(inputs: Inputs, split: Split, schema: Checked, deps: Deps): Promise<void> {
  const { port, clock } = deps;
  const at = new Date(clock.nowMs()).toISOString();
  const image = servedImage((await port.revision(mainRevision(split)))?.containers);
  const result = await changeService(
    port,
    (service) => {
      if (readHistory(service)[0]?.at === at) return undefined;
      if (!inputs.force) {
        refuseDuringMigration(service);
        refuseOtherSchema(service, schema.seen);
      }
      const read = readRecord(service);
      const annotations = withHistory(
        withRecord(service.annotations ?? {}, undefined),
        entryOf(inputs, service, split, image, at, schema.forced, deps),
      );
      const ofRollout = read.kind === 'record' ? tagsOf(read.record).map(({ tag }) => tag) : [];
      const gone = [...CHECK_TAGS, ...ofRollout].map((tag) => ({ tag, revision: undefined }));
      const traffic = trafficFor(service.traffic ?? [], split, ...gone);
      return { change: { traffic, annotations }, mask: ['traffic', 'annotations'] };
    },
    { deadlineMs: CHANGE_TIMEOUT_MS },
  );
  deps.recorder.recordChange('moved all users, and wrote the history', split);
  const { service, accepted } = await port.settled(
    (candidate) => sameSplit(servingSplit(candidate), split),
    clock.nowMs() + CHANGE_TIMEOUT_MS,
  );
  if (accepted) {
    deps.log.info(`Cloud Run shows users on ${describeSplit(split)}`);
    return;
  }
  throw new ActionError({
    what: `Cloud Run does not show the move${result.ok ? '' : `: ${result.message}`}`,
    state: `Users have ${describeSplit(servingSplit(service))}, not ${describeSplit(split)}`,
    next: 'Run the rollback again, with another target in `to` if this one cannot start',
  });
}

/** Has the API validate the move without making it. */
export async function validateMove(service: Service, split: Split, { port }: Deps): Promise<void> {
  await port.update(service, { traffic: trafficFor(service.traffic ?? [], split) }, ['traffic'], {
    validateOnly: true,
  });
}

function entryOf(
  inputs: Inputs,
  service: Service,
  split: Split,
  image: string,
  at: string,
  forced: string | undefined,
  { context: { actor, runUrl } }: Deps,
): HistoryEntry {
  return {
    at,
    outcome: 'rollback',
    revision: mainRevision(split),
    image,
    from: servingSplit(service),
    to: split,
    servedSince: at,
    ...(inputs.reason === undefined ? {} : { reason: inputs.reason }),
    ...(forced === undefined ? {} : { forced }),
    ...(actor === undefined ? {} : { actor }),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
}
