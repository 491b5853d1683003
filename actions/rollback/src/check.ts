import { changeService } from '@apex-actions/shared/cloudrun/change';
import { isReady, revisionFailure } from '@apex-actions/shared/cloudrun/conditions';
import { checkHealth } from '@apex-actions/shared/cloudrun/health';
import { tagProblem } from '@apex-actions/shared/cloudrun/names';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { type Split, taggedRevision, tagUrl, withTag } from '@apex-actions/shared/cloudrun/traffic';
import type { RecordPort } from '@apex-actions/shared/report/recorder';
import { CHANGE_TIMEOUT_MS, type Deps, refused } from './deps.ts';
import type { Inputs } from './inputs.ts';

/** For the time of a check, and nobody else's: one that is left of a killed rollback goes with the next. */
export const CHECK_TAGS = ['apex-rollback', 'apex-rollback-2', 'apex-rollback-3'];

/**
 * Every revision that would newly get users must be Ready and answer at its own URL. The move takes the tags that were
 * added for that away in the same update. Where there will be no move, none stays behind.
 */
export async function checkTarget(
  inputs: Inputs,
  service: Service,
  before: Split,
  split: Split,
  deps: Deps,
): Promise<void> {
  const newcomers = split.filter(({ revision }) => !before.some((part) => part.revision === revision));
  const tags: string[] = [];
  try {
    for (const { revision } of newcomers) {
      const problem = await problemOf(inputs, service, revision, tags, before, deps);
      if (problem === undefined) continue;
      if (!inputs.force) {
        throw refused(
          problem,
          'Choose another target with `to`, or go on in spite of it with `force: true`',
          before,
        );
      }
      deps.log.warning(`${problem}; going on because of \`force\``);
    }
    deps.signal.throwIfAborted();
  } catch (error) {
    for (const tag of tags) await writeTag(deps.port, tag, undefined, deps.recorder);
    if (!deps.signal.aborted) throw error;
    throw refused(
      'The rollback was cancelled while it checked its target',
      'Run it again when you want it',
      before,
    );
  }
}

async function problemOf(
  inputs: Inputs,
  service: Service,
  revision: string,
  tags: string[],
  before: Split,
  deps: Deps,
): Promise<string | undefined> {
  const found = await deps.port.revision(revision);
  if (!found)
    throw refused(`Revision ${revision} does not exist any more`, 'Name another one with `to`', before);
  if (!isReady(found)) {
    return `Revision ${revision} is not Ready: ${revisionFailure(found) ?? 'Cloud Run gives no reason'}`;
  }
  if (inputs.dryRun) {
    deps.log.info(`${revision} is Ready; its health is not checked on a dry run, because that takes a tag`);
    return undefined;
  }
  const known = (service.traffic ?? []).find(
    (target) => target.tag && idOf(target.revision) === revision,
  )?.tag;
  if (known) return healthProblem(inputs, service, revision, known, deps);
  const free = CHECK_TAGS.find((tag) => taggedRevision(service, tag) === undefined && !tags.includes(tag));
  if (free === undefined || tagProblem(free, inputs.service)) {
    if (inputs.verification.verify) {
      return `Revision ${revision} cannot be verified, because service ${inputs.service} takes no further tag, and so has no URL for it`;
    }
    deps.log.warning(
      `${revision} is Ready; its own URL cannot be checked, because service ${inputs.service} takes no further tag`,
    );
    return undefined;
  }
  tags.push(free);
  deps.remember(free, revision);
  await writeTag(deps.port, free, revision, deps.recorder);
  return healthProblem(inputs, service, revision, free, deps);
}

async function healthProblem(
  inputs: Inputs,
  service: Service,
  revision: string,
  tag: string,
  deps: Deps,
): Promise<string | undefined> {
  const { port, clock } = deps;
  const { service: now } = await port.settled(
    (candidate) => tagUrl(candidate, tag, revision) !== undefined,
    clock.nowMs() + CHANGE_TIMEOUT_MS,
  );
  const url = tagUrl(now, tag, revision);
  if (url === undefined) return `Cloud Run did not route the tag "${tag}" to revision ${revision}`;
  const { verification } = inputs;
  const health = await checkHealth({ url, audience: service.uri ?? url, verification }, deps);
  if (!health.healthy) return `Revision ${revision} is not healthy at its own URL: ${health.detail}`;
  deps.log.info(`${revision} is healthy at ${url}: ${health.detail}`);
  return undefined;
}

/** Takes a tag away if it still points at that revision, and so is ours. */
export async function removeTag(port: ServicePort, tag: string, revision: string): Promise<void> {
  const service = await port.get();
  if (service && taggedRevision(service, tag) === revision) await writeTag(port, tag, undefined);
}

/** Sets or takes away a tag; who has the users stays as it is written, LATEST included. */
async function writeTag(
  port: ServicePort,
  tag: string,
  revision: string | undefined,
  recorder?: Pick<RecordPort, 'recordChange'>,
): Promise<void> {
  await changeService(
    port,
    (service) => {
      if (taggedRevision(service, tag) === revision) return undefined;
      return { change: { traffic: withTag(service.traffic ?? [], { tag, revision }) }, mask: ['traffic'] };
    },
    { deadlineMs: CHANGE_TIMEOUT_MS },
  );
  recorder?.recordChange(revision ? `set the tag ${tag} to ${revision}` : `took the tag ${tag} away`);
}
