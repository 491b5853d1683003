import { ActionError } from '@apex-actions/shared/action/errors';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, servingSplit } from '@apex-actions/shared/cloudrun/traffic';
import { otherRollout } from '@apex-actions/shared/rollout/claim';
import { TrafficTaken } from '@apex-actions/shared/rollout/control';
import { fledRevisions, readHistory } from '@apex-actions/shared/rollout/history';
import { type RolloutRecord, readRecord } from '@apex-actions/shared/rollout/record';
import { strangersTraffic } from '@apex-actions/shared/rollout/restore';
import { conduct } from './conduct.ts';
import { controlOf, type Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import type { Result } from './result.ts';
import { createSight } from './sight.ts';

/** Of a long wait only the last hours count: they are what the release is like now, and few enough to be read each poll. */
const COUNTED_MS = 6 * 3_600_000;

function refused(service: Service, what: string, next: string): ActionError {
  return new ActionError({
    what: `The rollout cannot be resumed: ${what}`,
    state: `Nothing was changed; users have ${describeSplit(servingSplit(service))}`,
    next,
  });
}

/** The record of the held rollout of this image, if nobody has come in between. */
function heldRecord(service: Service, image: string, { clock, port }: Deps): RolloutRecord {
  const read = readRecord(service);
  const deploy = 'Deploy again, without `resume`';
  if (read.kind !== 'record') {
    const [last] = readHistory(service);
    const since = last
      ? `; the last entry of its history is ${last.outcome} of ${last.revision}, ${last.at}`
      : '';
    throw refused(service, `no rollout of ${port.id.service} is held${since}`, deploy);
  }
  const { record } = read;
  if (record.phase !== 'held') throw otherRollout(record, port.id.service);
  if (record.image !== image) {
    throw refused(
      service,
      `the one that is held is of ${record.image}, not of ${image}`,
      'Give the image of that one',
    );
  }
  const undo = 'Take it out with the rollback action, then deploy again';
  if (clock.nowMs() > Date.parse(record.leaseUntil)) {
    throw refused(service, `it waited for longer than until ${record.leaseUntil}`, undo);
  }
  const stranger = strangersTraffic(service, record);
  if (stranger) throw refused(service, stranger, undo);
  const latest = idOf(service.latestCreatedRevision);
  if (latest !== record.canary) {
    throw refused(
      service,
      `somebody else has deployed ${latest} since (${service.lastModifier ?? 'unknown'})`,
      undo,
    );
  }
  return record;
}

/** Takes up the rollout that an earlier run held: the same revision, the same record, the steps after it. */
export async function resume(inputs: Inputs, image: string, deps: Deps): Promise<Result> {
  const { port, clock, log } = deps;
  const service = await port.get();
  if (!service) {
    throw new ActionError({
      what: `Service ${inputs.service} does not exist, so no rollout of it is held`,
      state: 'Nothing was changed',
      next: 'Check service, region and project-id',
    });
  }
  const record = heldRecord(service, image, deps);
  const { percent, canary, stable, stableTag } = record;
  if (!inputs.plan.steps.includes(percent)) {
    throw refused(
      service,
      `it is held at ${percent} %, which is not in \`steps\``,
      'Give the same `steps` as before',
    );
  }
  const given: Inputs = { ...inputs, tag: record.tag, stableTag };
  const sight = await createSight(given, canary, servingSplit(service), deps);
  await sight.observer.rememberStable(fledRevisions(readHistory(service)));
  if (inputs.dryRun) {
    log.notice(`Dry run: ${canary} would be resumed at ${percent} %; nothing was changed`);
    const outputs = {
      outcome: '',
      verdict: '',
      revision: canary,
      'stable-revision': '',
      url: service.uri ?? '',
      'canary-url': '',
    };
    return { outputs };
  }
  const control = controlOf({ ...deps, tag: record.tag, stableTag }, record);
  deps.remember({});
  await control.takeOver().catch((error: unknown) => {
    throw error instanceof TrafficTaken ? refused(service, error.message, 'See that run') : error;
  });
  log.info(`Resuming ${canary} at ${percent} %, held by ${record.runUrl ?? record.id}`);
  const servedSince = Date.parse(record.servedSince ?? record.startedAt);
  const sinceMs = Math.max(servedSince, clock.nowMs() - COUNTED_MS);
  return conduct(given, service, { image, canary, stable }, control, sight, deps, {
    held: { percent, sinceMs },
  });
}
