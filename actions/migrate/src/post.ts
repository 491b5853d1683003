import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Execution, JobPort } from '@apex-actions/shared/cloudrun/jobs';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { release } from './claim.ts';
import { concluded, type Follower } from './follow.ts';
import { rememberSchema, withdraw } from './memory.ts';
import { isOver } from './outcome.ts';
import { halfWay } from './report.ts';
import { LOOKS, lookFor } from './start.ts';
import type { Begun } from './state.ts';

export type PostDeps = Follower & { service: ServicePort | undefined };

/** Containers get ten seconds between SIGTERM and SIGKILL. */
const CANCEL_PATIENCE_MS = 45_000;
const POLL_MS = 1000;

/**
 * Puts right what main left: cancels the execution that still runs, remembers the schema of one that has succeeded, and
 * takes our name off the job; that first where no execution is known, since a start that is still under way is refused
 * from then on.
 */
export async function post(left: Begun, deps: PostDeps): Promise<void> {
  const { jobs, service, log } = deps;
  if (!left.execution) await release({ jobs, id: left.id });
  const execution = await findExecution(left, deps);
  if (!execution) {
    if (service) await withdraw(left.id, service);
    log.info(`The step had ended before job ${left.job} was run: nothing was migrated`);
    return;
  }
  const name = execution.name ?? '';
  const ended = isOver(execution) ? execution : await cancelled(name, deps);
  const followed = ended && (await concluded(ended, deps));
  if (followed?.outcome.status === 'succeeded') {
    if (service) await rememberSchema(left, followed, service, deps);
    else log.info(`Execution ${idOf(name)} had succeeded`);
  } else {
    const how = followed
      ? `ended as ${followed.outcome.status} (${followed.outcome.message})`
      : 'was asked to end';
    log.warning(`Execution ${idOf(name)} ${how}. ${halfWay(left.backup)}`);
  }
  await release({ jobs, id: left.id });
}

async function findExecution(
  { execution, id, asked }: Begun,
  deps: PostDeps,
): Promise<Execution | undefined> {
  if (execution) return deps.jobs.execution(execution);
  return asked && (await deps.jobs.get()) ? lookFor(id, LOOKS, deps) : undefined;
}

/** The execution once it has ended. A cancel that comes too late is no error. */
async function cancelled(name: string, { jobs, clock, log }: PostDeps): Promise<Execution | undefined> {
  log.info(`Cancelling execution ${idOf(name)}`);
  let problem: unknown;
  await jobs.cancel(name).catch((error: unknown) => {
    problem = error;
  });
  const untilMs = clock.nowMs() + CANCEL_PATIENCE_MS;
  while (clock.nowMs() < untilMs) {
    const execution = await jobs.execution(name);
    if (isOver(execution)) return execution;
    if (problem) throw notCancelled(jobs, name, problem);
    await clock.sleep(POLL_MS);
  }
  return undefined;
}

function notCancelled({ id }: JobPort, name: string, cause: unknown): ActionError {
  return new ActionError({
    what: `Execution ${idOf(name)} could not be cancelled: ${describeError(cause)}`,
    state: 'The migration goes on',
    next: `Cancel it by hand: gcloud run jobs executions cancel ${idOf(name)} --project=${id.project} --region=${id.region}`,
    cause,
  });
}
