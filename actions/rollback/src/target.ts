import { describeError } from '@apex-actions/shared/action/errors';
import { idOf, type Revision, type Service } from '@apex-actions/shared/cloudrun/resources';
import { describeSplit, mainRevision, type Split } from '@apex-actions/shared/cloudrun/traffic';
import { lastServed, lastWeek } from '@apex-actions/shared/metrics/last-served';
import { previousRevision, readHistory } from '@apex-actions/shared/rollout/history';
import { readRecord } from '@apex-actions/shared/rollout/record';
import { chooseTarget } from './choose.ts';
import { type Deps, refused } from './deps.ts';
import type { Inputs } from './inputs.ts';

/** Who is to have the users, and how that was found. */
export type Target = { split: Split; how: string };

/** During a rollout `previous` is its stable, which may be split; otherwise one revision. */
export async function chooseSplit(
  inputs: Inputs,
  service: Service,
  before: Split,
  deps: Deps,
): Promise<Target> {
  const { port, log } = deps;
  const read = readRecord(service);
  if (read.kind === 'record' && inputs.to === 'previous') {
    const how = `what served before the rollout of ${read.record.canary} that is in progress`;
    log.info(`Target: ${describeSplit(read.record.stable)}, ${how}`);
    return { split: read.record.stable, how };
  }
  const history = readHistory(service);
  const revisions = await port.revisions();
  const current = newestOf(revisions, before);
  const needsMetrics = inputs.to === 'previous' && previousRevision(history, current) === undefined;
  const choice = chooseTarget({
    service: inputs.service,
    to: inputs.to,
    revisions,
    history,
    current,
    lastServed: needsMetrics ? await rememberedByMonitoring(deps) : [],
  });
  if (!choice.ok) throw refused(choice.problem, choice.next, before);
  log.info(`Target: ${choice.revision}, ${choice.how}`);
  return { split: [{ revision: choice.revision, percent: 100 }], how: choice.how };
}

/** A split that no rollout of ours holds is a newer revision beside what served before it. */
function newestOf(revisions: readonly Revision[], split: Split): string {
  const ids = revisions.map(({ name }) => idOf(name));
  return ids.find((id) => split.some(({ revision }) => revision === id)) ?? mainRevision(split);
}

async function rememberedByMonitoring({ metrics, clock, log }: Deps) {
  try {
    return lastServed(await metrics.counts(lastWeek(clock.nowMs())));
  } catch (error) {
    log.warning(`Cloud Monitoring could not be asked who served before: ${describeError(error)}`);
    return [];
  }
}
