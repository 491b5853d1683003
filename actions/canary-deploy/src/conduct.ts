import type { HealthResult } from '@apex-actions/shared/cloudrun/health';
import type { Service } from '@apex-actions/shared/cloudrun/resources';
import { mainRevision, type Split, tagUrl } from '@apex-actions/shared/cloudrun/traffic';
import { rolloutSummary } from '@apex-actions/shared/report/summary/rollout';
import type { Begun, RolloutControl } from '@apex-actions/shared/rollout/control';
import type { State } from '@apex-actions/shared/rollout/machine';
import { type Held, runRollout } from '@apex-actions/shared/rollout/runner';
import { type Deps, healthOf } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { failureOf, type Outputs, type Result } from './result.ts';
import type { Sight } from './sight.ts';

export type Rollout = { image: string; canary: string; stable: Split };

/** How the rollout comes to its first look: it makes the revision, or takes up one that was held. */
export type Entry = { begin: () => Promise<Begun> } | { held: Held };

/** Runs a rollout to its end, with probes while it lasts, and says how it ended. */
export async function conduct(
  inputs: Inputs,
  service: Service,
  { image, canary, stable }: Rollout,
  control: RolloutControl,
  { observer, prober, visibility }: Sight,
  deps: Deps,
  entry: Entry,
): Promise<Result> {
  const { clock, log, port, signal, recorder } = deps;
  const { plan, policy } = inputs;
  const asked = inputs.image.text;
  recorder.recordRollout({ image: { asked, resolved: image }, canary, stable, plan, policy, visibility });
  const audience = service.uri ?? '';
  let canaryUrl = tagUrl(service, inputs.tag, canary) ?? '';
  let stableUrl = inputs.stableTag && tagUrl(service, inputs.stableTag, mainRevision(stable));
  const startProbes = () => {
    if (stableUrl) {
      prober?.start({ canary: canaryUrl, stable: stableUrl, token: () => deps.idToken(audience) });
    }
  };
  const verify = async (url: string): Promise<HealthResult> => {
    const health = await healthOf(url, audience || url, inputs, deps);
    if (health.healthy) startProbes();
    return health;
  };
  const begin = async (): Promise<Begun> => {
    if ('held' in entry) throw new Error('a held rollout has begun');
    const begun = await entry.begin();
    if (begun.ok) ({ canaryUrl, stableUrl } = begun);
    return begun;
  };
  const held = 'held' in entry ? entry.held : undefined;
  if (held) startProbes();
  deps.remember({});
  const announce = (state: State) => {
    if (state.ending?.outcome === 'rolled-back') deps.remember({ failing: true });
    deps.announcer?.progress(state, { revision: canary, image, url: service.uri ?? '' });
  };
  const ports = { control, observer, begin, verify, clock, log, signal, recorder, announce };
  const { ending, state, exposure } = await runRollout(plan, policy, ports, held).finally(() =>
    prober?.stop(),
  );
  if (ending.closed) deps.remember({ ended: true });
  recorder.recordEnding(ending);

  const report = {
    id: port.id,
    image,
    canary,
    stable,
    ending,
    steps: state.reports,
    startedMs: state.startedMs,
    endedMs: clock.nowMs(),
    exposure,
    confidence: inputs.policy.confidence,
  };
  const outputs: Outputs = {
    outcome: ending.outcome,
    verdict: ending.verdict,
    revision: canary,
    'stable-revision': mainRevision(stable),
    url: service.uri ?? '',
    'canary-url': canaryUrl,
  };
  const failure = failureOf(report);
  return { outputs, report, summary: rolloutSummary(report), ...(failure ? { failure } : {}) };
}
