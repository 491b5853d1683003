import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { Backup } from '@apex-actions/shared/cloudsql/backups';
import { resolveImage } from '@apex-actions/shared/registry/pin';
import { readMigration } from '@apex-actions/shared/rollout/migration';
import { readSchema } from '@apex-actions/shared/rollout/schema';
import { claim, inUse, release } from './claim.ts';
import type { Deps } from './deps.ts';
import { type Followed, follow } from './follow.ts';
import type { Inputs } from './inputs.ts';
import { jobFor } from './job-spec.ts';
import { announce, rememberSchema, withdraw } from './memory.ts';
import { isOver } from './outcome.ts';
import { halfWay, type Result, resultOf } from './report.ts';
import { refuseSplit } from './split.ts';
import { start } from './start.ts';

/** Prepares the job, runs it once, waits for it, and remembers the schema. Throws `ActionError` where nothing was run. */
export async function main(inputs: Inputs, deps: Deps): Promise<Result> {
  const { log, remember, publish } = deps;
  const { image } = await resolveImage(inputs.image, deps.registry, log);
  const service = await readService(inputs, deps);
  const asked = { ...inputs, image };
  remember({});
  const job = await log.group(`Prepare job ${inputs.job}`, () =>
    claim(inputs, (current) => jobFor(current, asked, service), deps),
  );
  const { backup, name } = await begin(inputs, job, deps);
  remember({ execution: name });
  publish({ execution: idOf(name) });
  log.info(`Execution ${idOf(name)} of ${image}`);
  const followed = await log.group('Migrate', () => watched(name, inputs, backup, deps));
  const schemaVersion = await remembered(inputs, followed, deps);
  const freed = await tidied('The job', () => release(deps), deps);
  remember({ ended: freed });
  return resultOf({ ...followed, image, schemaVersion, backup });
}

async function readService(inputs: Inputs, deps: Deps): Promise<Service | undefined> {
  const { service: port } = deps;
  if (!port) return undefined;
  const service = await port.get();
  if (!service) {
    throw new ActionError({
      what: `Service ${port.id.service} does not exist in ${port.id.project}/${inputs.region}`,
      state: 'Nothing was changed',
      next: 'Check service, region and project-id; before its first deploy, leave `service` out and give `job`, with account and secrets in `spec`',
    });
  }
  refuseSplit(service, inputs.compatibility, deps);
  readSchema(service);
  readMigration(service);
  return service;
}

/** Makes the backup and starts the execution; where that fails, nobody else has to wait for us. */
async function begin(
  inputs: Inputs,
  job: Job,
  deps: Deps,
): Promise<{ backup: Backup | undefined; name: string }> {
  const { service, signal, remember } = deps;
  let asked = false;
  try {
    const backup = inputs.backupInstance && (await backUp(inputs.backupInstance, deps));
    await lookAgain(inputs, deps);
    asked = true;
    remember({ asked });
    return { backup, name: await start(job, deps) };
  } catch (error) {
    // From then on the post step looks what became of it, and takes the notes back.
    if (asked || signal.aborted) throw error;
    const freed = await tidied('The job', () => release(deps), deps);
    const taken = !service || (await tidied('The service', () => withdraw(deps.id, service), deps));
    if (freed && taken) remember({ ended: true });
    throw error;
  }
}

/** A rollout may have begun meanwhile, or somebody have run the job by hand. */
async function lookAgain(inputs: Inputs, deps: Deps): Promise<void> {
  const { jobs, service: port, clock, context, id } = deps;
  const running = (await jobs.executions()).find((execution) => !isOver(execution));
  if (running) throw inUse(jobs, { kind: 'running', execution: running });
  if (!port || inputs.compatibility !== 'breaking') {
    await readService(inputs, deps);
    return;
  }
  const { runUrl } = context;
  const migration = { id, at: new Date(clock.nowMs()).toISOString(), job: inputs.job, runUrl };
  await announce(migration, (service) => refuseSplit(service, inputs.compatibility, deps), port);
}

/** What fails to be tidied up is said, and does not take the place of what happened before. */
async function tidied(what: string, tidy: () => Promise<void>, { log }: Deps): Promise<boolean> {
  try {
    await tidy();
    return true;
  } catch (error) {
    log.warning(`${what} still carries a note of this run: ${describeError(error)}`);
    return false;
  }
}

async function backUp(
  { instance, project }: NonNullable<Inputs['backupInstance']>,
  { backups, jobs, log, remember, publish }: Deps,
): Promise<Backup> {
  return log.group(`Back up ${instance}`, async () => {
    const port = await backups();
    const backup = await port.create(project ?? jobs.id.project, instance, `before ${jobs.id.job}`);
    remember({ backup });
    publish({ backup: backup.id });
    log.info(`Backup ${backup.id} of ${instance} is made`);
    return backup;
  });
}

async function watched(
  name: string,
  { timeoutMs, maxRetries }: Inputs,
  backup: Backup | undefined,
  deps: Deps,
): Promise<Followed> {
  try {
    return await follow(name, timeoutMs * (maxRetries + 1), deps);
  } catch (cause) {
    if (!deps.signal.aborted) throw cause;
    throw new ActionError({
      what: `The step was cancelled while execution ${idOf(name)} was running`,
      state: `The post step of this action cancels it. ${halfWay(backup)}`,
      next: 'Look at the schema before you run the job again',
      cause,
    });
  }
}

/** The version that the service has now, where one is given and the migration succeeded. */
async function remembered(inputs: Inputs, followed: Followed, deps: Deps): Promise<string | undefined> {
  const { service: port, clock, log, context, id } = deps;
  if (followed.outcome.status !== 'succeeded' || !port) return undefined;
  return rememberSchema({ ...inputs, id, runUrl: context.runUrl }, followed, port, { clock, log });
}
