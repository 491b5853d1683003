import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { code, table } from '@apex-actions/shared/action/markdown';
import { changeService } from '@apex-actions/shared/cloudrun/change';
import { isReady, revisionFailure } from '@apex-actions/shared/cloudrun/conditions';
import { logsLink, revisionsLink } from '@apex-actions/shared/cloudrun/console';
import { checkHealth, type HealthResult } from '@apex-actions/shared/cloudrun/health';
import { tagProblem } from '@apex-actions/shared/cloudrun/names';
import { idOf, type Revision, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import {
  describeSplit,
  mainRevision,
  type Split,
  sameSplit,
  servingSplit,
  taggedRevision,
  tagUrl,
  trafficFor,
} from '@apex-actions/shared/cloudrun/traffic';
import { lastServed, lastWeek } from '@apex-actions/shared/metrics/last-served';
import type { MetricsPort } from '@apex-actions/shared/metrics/monitoring';
import {
  type HistoryEntry,
  previousRevision,
  readHistory,
  servedSince,
  withHistory,
} from '@apex-actions/shared/rollout/history';
import { type RolloutRecord, readRecord, withRecord } from '@apex-actions/shared/rollout/record';
import { chooseTarget } from './choose.ts';
import type { Inputs } from './inputs.ts';

export type Deps = {
  port: ServicePort;
  metrics: MetricsPort;
  idToken: (audience: string) => Promise<string | undefined>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  context: RunContext;
};

export type Result = {
  outputs: { 'from-revision': string; 'to-revision': string; 'duration-seconds': number; url: string };
  summary: string;
  failure?: ActionError;
};

const CHANGE_TIMEOUT_MS = 5 * 60_000;
const HEALTH_PATIENCE_MS = 60_000;

/** Moves all users to the target in one update. Throws `ActionError` when nothing was moved. */
export async function main(inputs: Inputs, deps: Deps): Promise<Result> {
  const { port, clock, log } = deps;
  const startedMs = clock.nowMs();
  const service = await port.get();
  if (!service) {
    throw refused(
      `Service ${inputs.service} does not exist in ${port.id.project}/${inputs.region}`,
      'Check service, region and project-id',
    );
  }
  const before = servingSplit(service);
  const target = await chooseSplit(inputs, service, before, deps);
  const rollout = readRecord(service).kind === 'record';
  if (sameSplit(before, target.split) && !rollout) {
    log.notice(`${describeSplit(before)} already: nothing to do`);
    return done(inputs, service, before, target, 0, undefined, deps);
  }
  const tagged = await log.group(`Check ${describeSplit(target.split)} before it gets users`, () =>
    checkTarget(inputs, service, before, target.split, deps),
  );
  if (inputs.dryRun) {
    await validateMove(service, target.split, deps);
    log.notice(
      `Dry run: users would go from ${describeSplit(before)} to ${describeSplit(target.split)}; nothing was changed`,
    );
    return done(inputs, service, before, target, 0, undefined, deps);
  }
  const badSince = usersSince(service, before, await port.revision(mainRevision(before)));
  await log.group('Move all users in one update', () => move(inputs, target.split, tagged, deps));
  const durationMs = clock.nowMs() - startedMs;
  const verified = await log.group("Verify the service's own URL", () =>
    ask(inputs, service.uri ?? '', service, deps),
  );
  const result = done(inputs, service, before, target, durationMs, badSince, deps);
  if (verified.healthy) return result;
  return {
    ...result,
    failure: new ActionError({
      what: `The traffic was moved, but the service does not answer as it should: ${verified.detail}`,
      state: `Users have ${describeSplit(target.split)}`,
      next: 'Look at the logs of the revision (linked in the summary); roll back further with `to` if it is broken too',
    }),
  };
}

type Target = { split: Split; how: string };

/** During a rollout `previous` is its stable, which may be split; otherwise one revision. */
async function chooseSplit(inputs: Inputs, service: Service, before: Split, deps: Deps): Promise<Target> {
  const { port, log } = deps;
  const read = readRecord(service);
  if (read.kind === 'record' && inputs.to === 'previous') {
    const how = `what served before the rollout of ${read.record.canary} that is in progress`;
    log.info(`Target: ${describeSplit(read.record.stable)}, ${how}`);
    return { split: read.record.stable, how };
  }
  const history = readHistory(service);
  const current = mainRevision(before);
  const needsMetrics = inputs.to === 'previous' && previousRevision(history, current) === undefined;
  const choice = chooseTarget({
    service: inputs.service,
    to: inputs.to,
    revisions: await port.revisions(),
    history,
    current,
    lastServed: needsMetrics ? await rememberedByMonitoring(deps) : [],
  });
  if (!choice.ok) throw refused(choice.problem, choice.next, before);
  log.info(`Target: ${choice.revision}, ${choice.how}`);
  return { split: [{ revision: choice.revision, percent: 100 }], how: choice.how };
}

async function rememberedByMonitoring({ metrics, clock, log }: Deps) {
  try {
    return lastServed(await metrics.counts(lastWeek(clock.nowMs())));
  } catch (error) {
    log.warning(`Cloud Monitoring could not be asked who served before: ${describeError(error)}`);
    return [];
  }
}

/**
 * Every revision that would newly get users must be Ready and answer at its tagged URL. Returns the tag that was added
 * for that, to be removed with the move.
 */
async function checkTarget(
  inputs: Inputs,
  service: Service,
  before: Split,
  split: Split,
  deps: Deps,
): Promise<string | undefined> {
  const newcomers = split.filter(({ revision }) => !before.some((part) => part.revision === revision));
  let tagged: string | undefined;
  for (const { revision } of newcomers) {
    const found = await deps.port.revision(revision);
    if (!found)
      throw refused(`Revision ${revision} does not exist any more`, 'Name another one with `to`', before);
    if (!isReady(found)) {
      objection(
        inputs,
        `Revision ${revision} is not Ready: ${revisionFailure(found) ?? 'Cloud Run gives no reason'}`,
        before,
        deps,
      );
      continue;
    }
    if (inputs.dryRun) {
      deps.log.info(`${revision} is Ready; its health is not checked on a dry run, because that takes a tag`);
      continue;
    }
    tagged = await checkAtTag(inputs, service, revision, before, deps);
  }
  return tagged;
}

/** What `force` overrides. */
function objection({ force }: Inputs, problem: string, before: Split, { log }: Deps): void {
  if (!force)
    throw refused(
      problem,
      'Choose another target with `to`, or go on in spite of it with `force: true`',
      before,
    );
  log.warning(`${problem}; going on because of \`force\``);
}

const CHECK_TAGS = ['rollback', 'rollback-2', 'rollback-3'];

async function checkAtTag(
  inputs: Inputs,
  service: Service,
  revision: string,
  before: Split,
  deps: Deps,
): Promise<string | undefined> {
  const { port, clock, log } = deps;
  const known = (service.traffic ?? []).find(
    (target) => target.tag && idOf(target.revision) === revision,
  )?.tag;
  const free = CHECK_TAGS.find((tag) => taggedRevision(service, tag) === undefined);
  const tag = known ?? free;
  if (tag === undefined || tagProblem(tag, inputs.service)) {
    log.warning(
      `${revision} is Ready; its own URL cannot be checked, because service ${inputs.service} takes no further tag`,
    );
    return undefined;
  }
  if (!known) await writeTag({ tag, revision }, deps);
  const { service: now } = await port.settled(
    (candidate) => tagUrl(candidate, tag, revision) !== undefined,
    clock.nowMs() + CHANGE_TIMEOUT_MS,
  );
  const health = await ask(inputs, tagUrl(now, tag, revision) ?? '', service, deps);
  if (health.healthy) return known ? undefined : tag;
  try {
    objection(inputs, `Revision ${revision} is not healthy at its own URL: ${health.detail}`, before, deps);
  } catch (error) {
    if (!known) await writeTag({ tag, revision: undefined }, deps);
    throw error;
  }
  return known ? undefined : tag;
}

async function writeTag(
  change: { tag: string; revision: string | undefined },
  { port }: Deps,
): Promise<void> {
  await changeService(
    port,
    (service) => {
      if (taggedRevision(service, change.tag) === change.revision) return undefined;
      return {
        change: { traffic: trafficFor(service.traffic ?? [], servingSplit(service), change) },
        mask: ['traffic'],
      };
    },
    { deadlineMs: CHANGE_TIMEOUT_MS },
  );
}

function ask(
  { healthPath }: Inputs,
  url: string,
  service: Service,
  { clock, idToken, signal, log }: Deps,
): Promise<HealthResult> {
  return checkHealth({
    url,
    path: healthPath,
    audience: service.uri ?? url,
    clock,
    idToken,
    patienceMs: HEALTH_PATIENCE_MS,
    signal,
    onAttempt: (detail) => log.info(`Not healthy yet: ${detail}`),
  });
}

/** Tags to take away with the move: ours for the check, and the canary's of a rollout that this rollback ends. */
function withoutTags(service: Service, tags: readonly (string | undefined)[]): Service {
  return { ...service, traffic: (service.traffic ?? []).filter(({ tag }) => !tag || !tags.includes(tag)) };
}

async function move(inputs: Inputs, split: Split, checkTag: string | undefined, deps: Deps): Promise<void> {
  const { port, clock } = deps;
  const at = new Date(clock.nowMs()).toISOString();
  const result = await changeService(
    port,
    (service) => {
      if (readHistory(service)[0]?.at === at) return undefined;
      const read = readRecord(service);
      const ended: RolloutRecord | undefined = read.kind === 'record' ? read.record : undefined;
      const annotations = withHistory(
        withRecord(service.annotations ?? {}, undefined),
        entryOf(inputs, service, split, at, deps),
      );
      const traffic = trafficFor(withoutTags(service, [checkTag, ended?.tag]).traffic ?? [], split);
      return { change: { traffic, annotations }, mask: ['traffic', 'annotations'] };
    },
    { deadlineMs: CHANGE_TIMEOUT_MS },
  );
  const { service, accepted } = await port.settled(
    (candidate) => sameSplit(servingSplit(candidate), split),
    clock.nowMs() + CHANGE_TIMEOUT_MS,
  );
  if (accepted) return;
  throw new ActionError({
    what: `Cloud Run does not show the move${result.ok ? '' : `: ${result.message}`}`,
    state: `Users have ${describeSplit(servingSplit(service))}, not ${describeSplit(split)}`,
    next: 'Run the rollback again, with another target in `to` if this one cannot start',
  });
}

function entryOf(
  inputs: Inputs,
  service: Service,
  split: Split,
  at: string,
  { context: { actor, runUrl } }: Deps,
): HistoryEntry {
  return {
    at,
    outcome: 'rollback',
    revision: mainRevision(split),
    image: '',
    from: servingSplit(service),
    to: split,
    servedSince: at,
    ...(inputs.reason === undefined ? {} : { reason: inputs.reason }),
    ...(actor === undefined ? {} : { actor }),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
}

async function validateMove(service: Service, split: Split, { port }: Deps): Promise<void> {
  await port.update(service, { traffic: trafficFor(service.traffic ?? [], split) }, ['traffic'], {
    validateOnly: true,
  });
}

type Since = { atMs: number; exact: boolean };

/** Since when users have had the revision they are taken from; its creation is the earliest it can have been. */
function usersSince(service: Service, before: Split, revision: Revision | undefined): Since | undefined {
  const read = readRecord(service);
  const known =
    read.kind === 'record'
      ? read.record.servedSince
      : servedSince(readHistory(service), mainRevision(before));
  if (known) return { atMs: Date.parse(known), exact: true };
  const created = Number(revision?.createTime?.seconds ?? 0) * 1000;
  return created > 0 ? { atMs: created, exact: false } : undefined;
}

function refused(what: string, next: string, users?: Split): ActionError {
  return new ActionError({
    what,
    state: users ? `Nothing was changed; users have ${describeSplit(users)}` : 'Nothing was changed',
    next,
  });
}

function done(
  inputs: Inputs,
  service: Service,
  before: Split,
  target: Target,
  durationMs: number,
  badSince: Since | undefined,
  { port, clock, log }: Deps,
): Result {
  const outputs = {
    'from-revision': mainRevision(before),
    'to-revision': mainRevision(target.split),
    'duration-seconds': Math.round(durationMs / 1000),
    url: service.uri ?? '',
  };
  const exposed =
    badSince && `${badSince.exact ? '' : 'at most '}${formatDuration(clock.nowMs() - badSince.atMs)}`;
  if (durationMs > 0) {
    log.notice(
      `Users have ${describeSplit(target.split)} again after ${formatDuration(durationMs)}${exposed ? `; they were on ${outputs['from-revision']} for ${exposed}` : ''}`,
    );
  }
  const rows = [
    ['From', describeSplit(before)],
    ['To', describeSplit(target.split)],
    ['Chosen as', target.how],
    ['Users on the left revision for', exposed ?? 'unknown'],
    ['Rollback took', formatDuration(durationMs)],
    ['Reason', inputs.reason ?? 'none given'],
  ];
  const headline = inputs.dryRun ? 'Dry run of a rollback' : 'Rolled back';
  const links = `[Revisions](${revisionsLink(port.id)}) · [Logs of ${outputs['from-revision']}](${logsLink(port.id, outputs['from-revision'])})`;
  return {
    outputs,
    summary: `## ⏪ ${headline}: ${code(inputs.service)}\n\n${table(['', ''], rows)}\n\n${links}\n`,
  };
}
