import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import { changeService, createService } from '@apex-actions/shared/cloudrun/change';
import { serviceFailure } from '@apex-actions/shared/cloudrun/conditions';
import type { OperationResult } from '@apex-actions/shared/cloudrun/operations';
import {
  changedService,
  FINGERPRINT_ANNOTATION,
  newService,
  type Release,
  type ServiceChange,
} from '@apex-actions/shared/cloudrun/release';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import {
  describeSplit,
  type Split,
  sameSplit,
  servingSplit,
  trafficFor,
} from '@apex-actions/shared/cloudrun/traffic';
import { uncomparedSummary } from '@apex-actions/shared/report/summary/uncompared';
import { readHistory, withHistory } from '@apex-actions/shared/rollout/history';
import { CHANGE_TIMEOUT_MS, type Deps, healthOf, newRevisionName } from './deps.ts';
import type { Inputs } from './inputs.ts';
import type { Result } from './result.ts';

/**
 * True when what serves is a first deploy of ours that was never found healthy: it failed its health check, or its run
 * died before. Nothing was ever promoted then, so there is no history, and every revision is ours. It is asked once
 * more, since it may have become healthy, or the health path may have been wrong.
 */
export async function neverHealthy(
  service: Service,
  stable: Split,
  inputs: Inputs,
  deps: Deps,
): Promise<boolean> {
  if (stable.length > 1 || readHistory(service).length > 0) return false;
  const revisions = await deps.port.revisions();
  if (!revisions.every(({ annotations }) => annotations?.[FINGERPRINT_ANNOTATION])) return false;
  const url = service.uri ?? '';
  // The checks of `verify` are meant for the release that comes.
  const verification = { ...inputs.verification, verify: undefined };
  return !(await healthOf(url, url, { verification }, deps)).healthy;
}

/**
 * A deploy of a service without a stable: it does not exist yet, no revision of it ever became Ready, or none was ever
 * healthy. There is nothing to compare with and no user to protect, so the revision gets all the traffic, by name.
 */
export async function deployUnserved(
  inputs: Inputs,
  release: Release,
  service: Service | undefined,
  deps: Deps,
): Promise<Result> {
  if (!service && !release.spec) {
    throw new ActionError({
      what: `Service ${inputs.service} does not exist in ${deps.port.id.project}/${inputs.region}`,
      state: 'Nothing was changed',
      next: 'For its first deploy give `spec` (see the README); otherwise check service, region and project-id',
    });
  }
  const revision = await newRevisionName(deps, service !== undefined);
  const all: Split = [{ revision, percent: 100 }];
  const outputs = { outcome: '', verdict: '', revision, 'stable-revision': '', url: '', 'canary-url': '' };
  const { clock, port } = deps;
  const about = { id: port.id, revision, image: release.image, startedMs: clock.nowMs() };
  if (inputs.dryRun) {
    await validate(release, service, revision, all, deps);
    deps.log.notice(
      `Dry run: the API accepts ${revision} as the first revision to serve; nothing was changed`,
    );
    return { outputs, summary: uncomparedSummary({ ...about, kind: 'dry run', endedMs: clock.nowMs() }) };
  }
  const image = { asked: inputs.image.text, resolved: release.image };
  deps.recorder.recordRollout({ image, canary: revision, stable: service ? servingSplit(service) : [] });
  const result = await deps.log.group(`First deploy of ${inputs.service}`, async () => {
    deps.log.info(
      'Nothing healthy serves yet, so there is nothing to compare with: the revision gets all the traffic',
    );
    let written = false;
    try {
      const result = await write(release, service, revision, all, deps);
      written = true;
      deps.recorder.recordChange(`${service ? 'updated' : 'created'} the service with ${revision}`, all);
      deps.recorder.recordShift(100, deps.clock.nowMs());
      return {
        ...(await judge(result, outputs, release, all, inputs, deps)),
        first: { image: release.image },
      };
    } catch (error) {
      if (!written && !deps.signal.aborted) throw error;
      return { ...(await stopped(outputs, error, deps)), first: { image: release.image } };
    }
  });
  deps.recorder.recordEnding({
    outcome: result.failure ? 'aborted' : 'promoted',
    verdict: result.failure ? 'failing' : 'healthy',
    reason: result.failure?.message ?? 'a first deploy, with nothing to compare it with',
    closed: true,
  });
  const problem = result.failure?.message;
  const summary = uncomparedSummary({ ...about, kind: 'first deploy', problem, endedMs: clock.nowMs() });
  return { ...result, summary };
}

/** Whether the revision serves, and is healthy where it serves: there is no URL of its own to ask before. */
async function judge(
  result: OperationResult,
  outputs: Result['outputs'],
  release: Release,
  all: Split,
  inputs: Inputs,
  deps: Deps,
): Promise<Result> {
  const { revision } = outputs;
  const serves = (candidate: Service) => sameSplit(servingSplit(candidate), all);
  // A write whose result was unknown comes back without its operation's error: then the service tells.
  const { service: now } = await deps.port.settled(
    (candidate) => serves(candidate) || serviceFailure(candidate) !== undefined,
    deps.clock.nowMs() + (result.ok ? CHANGE_TIMEOUT_MS : 0),
  );
  const url = now.uri ?? '';
  if (!serves(now)) {
    const why = serviceFailure(now) ?? (result.ok ? 'Cloud Run does not show it as serving' : result.message);
    return failed({ ...outputs, url }, `${revision} did not start: ${why}`, servingSplit(now));
  }
  const health = await healthOf(url, url, inputs, deps);
  if (!health.healthy) return failed({ ...outputs, url }, `${revision} started, but ${health.detail}`, all);
  await remember(release, revision, all, deps);
  deps.log.notice(`${revision} serves all users of the new service at ${url}`);
  return { outputs: { ...outputs, outcome: 'promoted', verdict: 'healthy', url } };
}

function changeFor(release: Release, service: Service, revision: string, all: Split): ServiceChange {
  const { change, mask } = changedService(service, release, revision);
  const traffic = trafficFor(service.traffic ?? [], all);
  return { change: { ...change, traffic }, mask: [...mask, 'traffic', 'annotations'] };
}

function createdService(release: Release, revision: string, all: Split): Service {
  return { ...newService(release, revision), traffic: trafficFor([], all) };
}

async function validate(
  release: Release,
  service: Service | undefined,
  revision: string,
  all: Split,
  { port }: Deps,
): Promise<void> {
  if (!service) {
    await port.create(createdService(release, revision, all), { validateOnly: true });
    return;
  }
  const { change, mask } = changeFor(release, service, revision, all);
  await port.update(service, change, mask, { validateOnly: true });
}

function write(
  release: Release,
  service: Service | undefined,
  revision: string,
  all: Split,
  { port }: Deps,
): Promise<OperationResult> {
  const isOurs = ({ latestCreatedRevision }: Service) => idOf(latestCreatedRevision) === revision;
  const policy = { deadlineMs: CHANGE_TIMEOUT_MS };
  if (!service) return createService(port, createdService(release, revision, all), isOurs, policy);
  const before = servingSplit(service);
  const decide = (found: Service) => {
    if (isOurs(found)) return undefined;
    if (sameSplit(servingSplit(found), before)) return changeFor(release, found, revision, all);
    throw new Error(
      `the traffic changed to ${describeSplit(servingSplit(found))} while the deploy was prepared`,
    );
  };
  return changeService(port, decide, policy);
}

/** The history begins with the revision that served first, so that a rollback can find it. */
async function remember(
  release: Release,
  revision: string,
  all: Split,
  { port, clock, identity }: Deps,
): Promise<void> {
  const at = new Date(clock.nowMs()).toISOString();
  const { actor, runUrl } = identity;
  const entry = {
    at,
    outcome: 'promoted' as const,
    revision,
    image: release.image,
    from: [],
    to: all,
    servedSince: at,
    reason: 'first deploy',
    ...(actor === undefined ? {} : { actor }),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
  await changeService(
    port,
    (service) => {
      const { annotations } = service;
      if (readHistory(service)[0]?.revision === revision) return undefined;
      return { change: { annotations: withHistory(annotations ?? {}, entry) }, mask: ['annotations'] };
    },
    { deadlineMs: CHANGE_TIMEOUT_MS },
  );
}

const NEXT = 'until one deploy was healthy, each is a first deploy';

function failed(outputs: Result['outputs'], what: string, users: Split): Result {
  return {
    outputs: { ...outputs, outcome: 'aborted', verdict: 'failing' },
    failure: new ActionError({
      what: `The first deploy failed: ${what}`,
      state: `Users have ${describeSplit(users)}`,
      next: `Mend the image or the settings and deploy again; ${NEXT}`,
    }),
  };
}

/** Cancelled, or an error on the way: nothing is known of the revision, which may have users already. */
async function stopped(
  outputs: Result['outputs'],
  cause: unknown,
  { repairPort, signal }: Deps,
): Promise<Result> {
  const service = await repairPort.get().catch(() => undefined);
  return {
    outputs: { ...outputs, outcome: 'aborted', verdict: 'no-data', url: service?.uri ?? '' },
    failure: new ActionError({
      what: `The first deploy was stopped: ${describeError(signal.aborted ? signal.reason : cause)}`,
      state: service ? `Users have ${describeSplit(servingSplit(service))}` : 'Nothing is seen to serve',
      next: `Deploy again; ${NEXT}`,
      cause,
    }),
  };
}
