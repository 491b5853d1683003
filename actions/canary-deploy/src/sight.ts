import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import { Prober } from '@apex-actions/shared/cloudrun/prober';
import { describeSplit, type Split } from '@apex-actions/shared/cloudrun/traffic';
import { Observer, type Visibility } from '@apex-actions/shared/rollout/observer';
import { shortestMs } from '@apex-actions/shared/rollout/plan';
import type { Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';

/** What a rollout sees with. */
export type Sight = { observer: Observer; prober: Prober | undefined; visibility: Visibility };

/** Asks how late the metrics are; refuses inputs that contradict it before anything is changed. */
export async function createSight(
  inputs: Inputs,
  canary: string,
  users: Split,
  { metrics, clock, log }: Deps,
): Promise<Sight> {
  const { samplePeriodMs, ingestDelayMs } = await metrics.timing();
  const delayMs = inputs.metricsDelayMs ?? samplePeriodMs + ingestDelayMs;
  refuseShortTimeout(inputs, delayMs, users);
  log.info(
    `The metrics of an interval are complete ${formatDuration(delayMs)} after its end; each verdict waits for them`,
  );
  const visibility = { periodMs: samplePeriodMs, delayMs };
  const prober = inputs.probe && new Prober(inputs.probe, clock);
  const extras = { gauges: inputs.gauges, prober };
  return { observer: new Observer(metrics, clock, visibility, canary, extras), prober, visibility };
}

/** A time-out that no healthy release could keep is a contradiction in the inputs. */
function refuseShortTimeout({ plan }: Inputs, metricsDelayMs: number, users: Split): void {
  const neededMs = shortestMs(plan, metricsDelayMs);
  if (plan.timeoutMs >= neededMs) return;
  throw new ActionError({
    what: `\`timeout\` is ${formatDuration(plan.timeoutMs)}, but ${plan.steps.length} steps with a bake of ${formatDuration(plan.bakeMs)} and metrics that are ${formatDuration(metricsDelayMs)} late need at least ${formatDuration(neededMs)}`,
    state: `Nothing was changed; users have ${describeSplit(users)}`,
    next: 'Raise `timeout`, shorten `bake`, or take fewer `steps`',
  });
}
