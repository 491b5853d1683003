import { ActionError } from '@apex-actions/shared/action/errors';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { Backup } from '@apex-actions/shared/cloudsql/backups';
import { resolveImage } from '@apex-actions/shared/registry/pin';
import { claim, release } from './claim.ts';
import type { Deps } from './deps.ts';
import { type Followed, follow } from './follow.ts';
import type { Inputs } from './inputs.ts';
import { jobFor } from './job-spec.ts';
import { versionIn } from './marker.ts';
import { rememberSchema } from './memory.ts';
import { HALF_WAY, type Result, resultOf } from './report.ts';
import { refuseSplit } from './split.ts';
import { start } from './start.ts';

/** Prepares the job, runs it once, waits for it, and remembers the schema. Throws `ActionError` where nothing was run. */
export async function main(inputs: Inputs, deps: Deps): Promise<Result> {
  const { log } = deps;
  const { image } = await resolveImage(inputs.image, deps.registry, log);
  const service = await readService(inputs, deps);
  const asked = { ...inputs, image };
  deps.remember('claimed');
  const job = await log.group(`Prepare job ${inputs.job}`, () =>
    claim(inputs, (current) => jobFor(current, asked, service), deps),
  );
  const { backup, name } = await begin(inputs, job, deps);
  log.info(`Execution ${idOf(name)} of ${image}`);
  const followed = await log.group('Migrate', () => watched(name, deps));
  const schemaVersion = await remember(inputs, followed, deps);
  deps.remember('ended');
  return resultOf({ ...followed, image, schemaVersion, backup });
}

async function readService(inputs: Inputs, { service: port }: Deps): Promise<Service | undefined> {
  if (!port) return undefined;
  const service = await port.get();
  if (!service) {
    throw new ActionError({
      what: `Service ${port.id.service} does not exist in ${port.id.project}/${inputs.region}`,
      state: 'Nothing was changed',
      next: 'Check service, region and project-id; before its first deploy, leave `service` out and give `job`, with account and secrets in `spec`',
    });
  }
  refuseSplit(service, inputs.compatibility);
  return service;
}

/** Makes the backup and starts the execution; where that fails, nobody else has to wait for us. */
async function begin(
  inputs: Inputs,
  job: Job,
  deps: Deps,
): Promise<{ backup: Backup | undefined; name: string }> {
  try {
    const backup = inputs.backupInstance && (await backUp(inputs.backupInstance, deps));
    // A rollout may have begun meanwhile.
    await readService(inputs, deps);
    return { backup, name: await start(job, deps) };
  } catch (error) {
    if (!deps.signal.aborted) await release(deps);
    throw error;
  }
}

async function backUp(
  { instance, project }: NonNullable<Inputs['backupInstance']>,
  { backups, jobs, log }: Deps,
): Promise<Backup> {
  return log.group(`Back up ${instance}`, async () => {
    const port = await backups();
    const backup = await port.create(project ?? jobs.id.project, instance, `before ${jobs.id.job}`);
    log.info(`Backup ${backup.id} of ${instance} is made`);
    return backup;
  });
}

async function watched(name: string, deps: Deps): Promise<Followed> {
  try {
    return await follow(name, deps);
  } catch (cause) {
    if (!deps.signal.aborted) throw cause;
    throw new ActionError({
      what: `The step was cancelled while execution ${idOf(name)} was running`,
      state: `The post step of this action cancels it. ${HALF_WAY}`,
      next: 'Look at the schema before you run the job again',
      cause,
    });
  }
}

/** The version that the service has now, where one is given and the migration succeeded. */
async function remember(
  inputs: Inputs,
  { execution, outcome, lines }: Followed,
  deps: Deps,
): Promise<string | undefined> {
  const { service: port, log, clock, context } = deps;
  if (outcome.status !== 'succeeded' || !port) return undefined;
  const version = inputs.schemaVersion ?? versionIn(lines);
  deps.remember({ succeeded: version });
  return rememberSchema(
    {
      version,
      execution: idOf(execution.name),
      compatibility: inputs.compatibility ?? 'backward',
      at: new Date(clock.nowMs()).toISOString(),
      ...(context.runUrl ? { runUrl: context.runUrl } : {}),
      job: inputs.job,
      downArgs: inputs.downArgs,
    },
    port,
    log,
  );
}
