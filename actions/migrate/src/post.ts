import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Execution, JobPort } from '@apex-actions/shared/cloudrun/jobs';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { release } from './claim.ts';
import type { Deps } from './deps.ts';
import { createTail } from './follow.ts';
import { executionOf, isRunning } from './lease.ts';
import { versionIn } from './marker.ts';
import { rememberSchema } from './memory.ts';
import { outcomeOf } from './outcome.ts';
import { HALF_WAY } from './report.ts';
import type { Begun } from './state.ts';

export type PostDeps = Pick<Deps, 'jobs' | 'logs' | 'clock' | 'log'> & {
  service: ServicePort | undefined;
  context: RunContext;
};

/** Containers get ten seconds between SIGTERM and SIGKILL. */
const CANCEL_PATIENCE_MS = 45_000;
const POLL_MS = 1000;

/**
 * Puts right what main left: cancels the execution that still runs, remembers the schema of one that has succeeded, and
 * takes our name off the job where none was started.
 */
export async function post(left: Begun, deps: PostDeps): Promise<void> {
  const { jobs, log } = deps;
  const execution = (await jobs.get()) && executionOf(await jobs.executions(), left.id);
  if (!execution) {
    await release({ jobs, id: left.id });
    log.info(`The step had ended before job ${left.job} was run: nothing was migrated`);
    return;
  }
  const name = execution.name ?? '';
  const ended = isRunning(execution) ? await cancelled(name, deps) : execution;
  const outcome = ended && outcomeOf(ended, await jobs.tasks(name));
  const tail = createTail(name, deps);
  await tail.show();
  if (outcome?.status === 'succeeded') return rememberLate(left, name, tail.lines, deps);
  log.warning(
    `Execution ${idOf(name)} ${outcome ? `ended as ${outcome.status}: ${outcome.message}` : 'was asked to end'}. ${HALF_WAY}`,
  );
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
    if (!isRunning(execution)) return execution;
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

/** Main was ended between the success and the note of it. */
async function rememberLate(
  left: Begun,
  name: string,
  lines: readonly string[],
  { service, clock, log, context }: PostDeps,
): Promise<void> {
  if (!service) return log.info(`Execution ${idOf(name)} had succeeded`);
  await rememberSchema(
    {
      version: left.schemaVersion ?? versionIn(lines),
      execution: idOf(name),
      compatibility: left.compatibility,
      at: new Date(clock.nowMs()).toISOString(),
      ...(context.runUrl ? { runUrl: context.runUrl } : {}),
      job: left.job,
      downArgs: left.downArgs,
    },
    service,
    log,
  );
}
