import type { RunContext } from '@apex-actions/shared/action/context';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { isReady } from '@apex-actions/shared/cloudrun/conditions';
import { labelValue } from '@apex-actions/shared/cloudrun/names';
import {
  changedService,
  FINGERPRINT_ANNOTATION,
  type Release,
  releaseFingerprint,
} from '@apex-actions/shared/cloudrun/release';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import {
  describeSplit,
  followsLatest,
  mainRevision,
  type Split,
  servingSplit,
  taggedRevision,
  trafficFor,
} from '@apex-actions/shared/cloudrun/traffic';
import { resolveImage } from '@apex-actions/shared/registry/pin';
import { uncomparedSummary } from '@apex-actions/shared/report/summary/uncompared';
import { findAbandoned } from '@apex-actions/shared/rollout/claim';
import { forecast } from '@apex-actions/shared/rollout/forecast';
import { describeForecast, forecastWarnings } from '@apex-actions/shared/rollout/forecast-text';
import { fledRevisions, readHistory } from '@apex-actions/shared/rollout/history';
import { refuseDuringMigration } from '@apex-actions/shared/rollout/migration';
import { describeArm } from '@apex-actions/shared/rollout/narration';
import { repairAbandoned } from '@apex-actions/shared/rollout/repair';
import { readSchema } from '@apex-actions/shared/rollout/schema';
import { conduct } from './conduct.ts';
import { controlOf, type Deps, newRevisionName } from './deps.ts';
import { deployUnserved, neverHealthy } from './first-deploy.ts';
import type { Inputs } from './inputs.ts';
import type { Result } from './result.ts';
import { resume } from './resume.ts';
import { planAcross } from './schema.ts';
import { createSight, type Sight } from './sight.ts';

/** Deploys, judges, promotes or restores. Throws `ActionError` when nothing was begun; a rollout that ends badly is a result. */
export async function main(inputs: Inputs, deps: Deps): Promise<Result> {
  const { log } = deps;
  const { image, resolved } = await resolveImage(inputs.image, deps.registry, log);
  if (inputs.resume) return resume(inputs, image, deps);
  const service = await readService(inputs, deps);
  if (service) refuseDuringMigration(service);
  const schema = service && readSchema(service);
  const release: Release = {
    image,
    requestedImage: inputs.image.text,
    env: inputs.env,
    secrets: inputs.secrets,
    spec: inputs.spec,
    labels: marks(deps.identity),
    schema: schema?.current,
  };
  const stable = service ? servingSplit(service) : [];
  if (!service || stable.length === 0 || (await neverHealthy(service, stable, inputs, deps))) {
    return deployUnserved(inputs, release, service, deps);
  }
  const already = resolved ? await alreadyServing(service, stable, release, deps) : undefined;
  if (already) return already;
  for (const tag of tagsOf(inputs)) refuseForeignTag(service, tag, stable);
  warnOfRepeat(service, image, log);

  const plan = await planAcross(schema, stable, inputs, deps);
  const planned = { ...inputs, plan };
  const revision = await newRevisionName(deps, true);
  describeBefore(service, stable, log);
  const sight = await createSight(planned, revision, stable, deps);
  await sayForecast(planned, sight, service, deps.log);
  if (inputs.dryRun) return dryRun(planned, service, release, revision, stable, deps);
  return rollOut(planned, release, revision, service, stable, sight, deps);
}

/** Labels that tell which commit and run made a revision. */
function marks({ sha, runId }: RunContext): Record<string, string> {
  return {
    ...(sha ? { 'apex-commit': labelValue(sha) } : {}),
    ...(runId ? { 'apex-run': labelValue(runId) } : {}),
  };
}

/** The service as it is when no rollout is in progress: a live one is an error, an abandoned one is repaired first. */
async function readService(inputs: Inputs, deps: Deps): Promise<Service | undefined> {
  const { port, clock, identity, log } = deps;
  const service = await port.get();
  const abandoned = service && findAbandoned(service, clock, identity, inputs.service);
  if (!abandoned) return service;
  if (inputs.dryRun) {
    log.warning(
      `A dead rollout left a record: a real run would first restore ${describeSplit(abandoned.stable)}`,
    );
    return service;
  }
  await log.group('Repair an abandoned rollout', () =>
    repairAbandoned(controlOf({ ...deps, tag: inputs.tag }, abandoned), log),
  );
  return port.get();
}

/** The same deploy run twice does no harm: what was asked for already serves everybody and nothing newer was made. */
async function alreadyServing(
  service: Service,
  stable: Split,
  release: Release,
  { port, clock, log }: Deps,
): Promise<Result | undefined> {
  const [only] = stable;
  if (!only || stable.length > 1 || idOf(service.latestCreatedRevision) !== only.revision) return undefined;
  const serving = await port.revision(only.revision);
  if (!serving || !isReady(serving)) return undefined;
  if (serving.annotations?.[FINGERPRINT_ANNOTATION] !== releaseFingerprint(release)) return undefined;
  log.notice(`${only.revision} already serves all users with this image and these settings: nothing to do`);
  return {
    outputs: {
      outcome: 'promoted',
      verdict: 'healthy',
      revision: only.revision,
      'stable-revision': only.revision,
      url: service.uri ?? '',
      'canary-url': '',
    },
    summary: uncomparedSummary({
      id: port.id,
      revision: only.revision,
      image: release.image,
      kind: 'nothing to do',
      startedMs: clock.nowMs(),
      endedMs: clock.nowMs(),
    }),
  };
}

/** The tags that a rollout sets: the canary's, and with probes one for stable. */
function tagsOf({ tag, stableTag }: Inputs): string[] {
  return stableTag === undefined ? [tag] : [tag, stableTag];
}

function refuseForeignTag(service: Service, tag: string, stable: Split): void {
  const name = idOf(service.name);
  const holder = taggedRevision(service, tag);
  if (holder === undefined) return;
  throw new ActionError({
    what: `The tag "${tag}" of service ${name} already points at ${holder}, and it is not this rollout's`,
    state: `Nothing was changed; users have ${describeSplit(stable)}`,
    next: `Choose another tag with the input \`tag\`, or remove it: gcloud run services update-traffic ${name} --remove-tags=${tag}`,
  });
}

/** A release that was rolled back is not tried again in silence. */
function warnOfRepeat(service: Service, image: string, log: Log): void {
  const earlier = readHistory(service).find(
    (entry) => entry.image === image && entry.outcome === 'rolled-back',
  );
  if (earlier) {
    log.warning(
      `This image was rolled back before (${earlier.revision}, ${earlier.at}): ${earlier.reason ?? 'no reason kept'}`,
    );
  }
}

function describeBefore(service: Service, stable: Split, log: Log): void {
  log.info(`Users have ${describeSplit(stable)}`);
  if (followsLatest(service)) {
    log.info(
      'The traffic followed the latest revision; it is pinned from now on, so that a new revision gets no users by being created',
    );
  }
}

/** What the rollout can know, from the last hour's traffic, before anything is changed. */
async function sayForecast(
  { plan, policy }: Inputs,
  { observer, visibility }: Sight,
  service: Service,
  log: Log,
): Promise<void> {
  const before = await observer.rememberStable(fledRevisions(readHistory(service)));
  log.info(`Stable in the last hour: ${describeArm(before.counts)}`);
  const steps = forecast(plan, policy, before, visibility);
  for (const step of steps) log.info(describeForecast(step, plan));
  for (const warning of forecastWarnings(steps, plan, policy, before)) log.warning(warning);
}

async function dryRun(
  inputs: Inputs,
  service: Service,
  release: Release,
  revision: string,
  stable: Split,
  { port, clock, log }: Deps,
): Promise<Result> {
  const { change, mask } = changedService(service, release, revision);
  const { tag, stableTag } = inputs;
  const probed = stableTag === undefined ? [] : [{ tag: stableTag, revision: mainRevision(stable) }];
  const traffic = trafficFor(service.traffic ?? [], stable, { tag, revision }, ...probed);
  await port.update(service, { ...change, traffic }, [...mask, 'traffic', 'annotations'], {
    validateOnly: true,
  });
  log.info(
    `Dry run: the API accepts revision ${revision} with image ${release.image} at 0 % under the tag ${tag}`,
  );
  const steps = [...inputs.plan.steps, 100].join(' % → ');
  log.info(
    `Dry run: traffic would go ${steps} %, with a bake of ${formatDuration(inputs.plan.bakeMs)} at each step`,
  );
  log.notice('Dry run: nothing was changed');
  return {
    outputs: {
      outcome: '',
      verdict: '',
      revision,
      'stable-revision': mainRevision(stable),
      url: service.uri ?? '',
      'canary-url': '',
    },
    summary: uncomparedSummary({
      id: port.id,
      revision,
      image: release.image,
      kind: 'dry run',
      startedMs: clock.nowMs(),
      endedMs: clock.nowMs(),
    }),
  };
}

async function rollOut(
  inputs: Inputs,
  release: Release,
  revision: string,
  service: Service,
  stable: Split,
  sight: Sight,
  deps: Deps,
): Promise<Result> {
  const control = controlOf({ ...deps, tag: inputs.tag, stableTag: inputs.stableTag });
  const rollout = { image: release.image, canary: revision, stable };
  return conduct(inputs, service, rollout, control, sight, deps, {
    begin: () => control.begin(release, revision, stable),
  });
}
