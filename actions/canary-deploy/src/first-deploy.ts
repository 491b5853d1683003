import { ActionError } from '@apex-actions/shared/action/errors';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import { serviceFailure } from '@apex-actions/shared/cloudrun/conditions';
import { changedService, newService, type Release } from '@apex-actions/shared/cloudrun/release';
import type { Service } from '@apex-actions/shared/cloudrun/resources';
import {
  describeSplit,
  type Split,
  sameSplit,
  servingSplit,
  trafficFor,
} from '@apex-actions/shared/cloudrun/traffic';
import { readHistory, withHistory } from '@apex-actions/shared/rollout/history';
import { CHANGE_TIMEOUT_MS, type Deps, healthOf, newRevisionName } from './deps.ts';
import type { Inputs } from './inputs.ts';

import type { Result } from './result.ts';

/**
 * A deploy of a service that serves nobody: it does not exist yet, or no revision of it ever became Ready. There is no
 * stable to compare with and no user to protect, so the revision gets all the traffic, by name.
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
  if (inputs.dryRun) {
    await write(release, service, revision, all, deps, true);
    deps.log.notice(
      `Dry run: the API accepts ${revision} as the first revision to serve; nothing was changed`,
    );
    return { outputs };
  }
  return deps.log.group(`First deploy of ${inputs.service}`, async () => {
    deps.log.info(
      'Nothing serves yet, so there is nothing to compare with: the revision gets all the traffic',
    );
    const result = await write(release, service, revision, all, deps, false);
    const { service: now, accepted } = await deps.port.settled(
      (candidate) => sameSplit(servingSplit(candidate), all),
      deps.clock.nowMs() + (result.ok ? CHANGE_TIMEOUT_MS : 0),
    );
    const url = now.uri ?? '';
    if (!accepted) {
      const why =
        serviceFailure(now) ?? (result.ok ? 'Cloud Run does not show it as serving' : result.message);
      return failed({ ...outputs, url }, `${revision} did not start: ${why}`, servingSplit(now));
    }
    const health = await healthOf(url, url, inputs, deps);
    if (!health.healthy) return failed({ ...outputs, url }, `${revision} started, but ${health.detail}`, all);
    await remember(release, revision, all, deps);
    deps.log.notice(`${revision} serves all users of the new service at ${url}`);
    return { outputs: { ...outputs, outcome: 'promoted', verdict: 'healthy', url } };
  });
}

function write(
  release: Release,
  service: Service | undefined,
  revision: string,
  all: Split,
  deps: Deps,
  validateOnly: boolean,
) {
  const { port } = deps;
  if (!service) {
    return port.create({ ...newService(release, revision), traffic: trafficFor([], all) }, { validateOnly });
  }
  const { change, mask } = changedService(service, release, revision);
  const traffic = trafficFor(service.traffic ?? [], all);
  return port.update(service, { ...change, traffic }, [...mask, 'traffic', 'annotations'], { validateOnly });
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

function failed(outputs: Result['outputs'], what: string, users: Split): Result {
  return {
    outputs: { ...outputs, outcome: 'aborted', verdict: 'failing' },
    failure: new ActionError({
      what: `The first deploy failed: ${what}`,
      state: `Users have ${describeSplit(users)}`,
      next: 'Mend the image or the settings and deploy again; a service that serves nobody is simply deployed anew',
    }),
  };
}
