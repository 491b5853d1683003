import { setTimeout as sleep } from 'node:timers/promises';
import type { DataPlane, TaskEnding } from '../dataplane.ts';
import { environmentOf, type Secrets } from '../run/process.ts';
import type { ExecutionRecord, Failure, TaskRecord } from './state.ts';
import type { AttemptResult } from './types.ts';

const UNKNOWN = 2;
const DEADLINE_EXCEEDED = 4;
/** Numbers of the signals that end containers, as `TaskAttemptResult.term_signal` has them. */
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

type Options = { dataPlane: DataPlane; secrets: Secrets; now: () => Date };

/** Runs the tasks of an execution, each until it succeeds or its retries are used up. Resolves when all are over. */
export async function runTasks(execution: ExecutionRecord, options: Options): Promise<void> {
  execution.startTime = options.now();
  const queue = [...execution.tasks];
  const worker = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await runTask(execution, task, options);
  };
  await Promise.all(Array.from({ length: execution.parallelism }, worker));
  execution.failure = failureOf(execution);
}

async function runTask(execution: ExecutionRecord, task: TaskRecord, options: Options): Promise<void> {
  const maxRetries = execution.template.maxRetries ?? 0;
  for (let attempt = 0; ; attempt += 1) {
    if (execution.cancelling) break;
    task.state = 'running';
    task.startTime ??= options.now();
    task.retried = attempt;
    task.last = await runAttempt(execution, task, attempt, options);
    // A container that ends well because it was told to end has not succeeded.
    if (task.last.status === null && !execution.cancelling) task.state = 'succeeded';
    if (task.state === 'succeeded' || attempt >= maxRetries) break;
  }
  if (task.state !== 'succeeded') task.state = execution.cancelling ? 'cancelled' : 'failed';
  task.completionTime = options.now();
}

async function runAttempt(
  { name, template, taskCount }: ExecutionRecord,
  task: TaskRecord,
  attempt: number,
  { dataPlane, secrets }: Options,
): Promise<AttemptResult> {
  const [container = {}] = template.containers ?? [];
  task.running = dataPlane.startTask({
    job: name.job,
    execution: name.execution,
    index: task.index,
    attempt,
    image: container.image ?? '',
    command: container.command ?? [],
    args: container.args ?? [],
    env: {
      ...environmentOf(container, secrets),
      CLOUD_RUN_JOB: name.job,
      CLOUD_RUN_EXECUTION: name.execution,
      CLOUD_RUN_TASK_INDEX: String(task.index),
      CLOUD_RUN_TASK_ATTEMPT: String(attempt),
      CLOUD_RUN_TASK_COUNT: String(taskCount),
    },
  });
  const limit = new AbortController();
  const timeoutMs = Number(template.timeout?.seconds ?? 0) * 1000;
  const timer = sleep(timeoutMs, 'timeout' as const, { signal: limit.signal, ref: false }).catch(
    () => undefined,
  );
  const first = await Promise.race([task.running.ended, timer]);
  limit.abort();
  if (first === 'timeout') {
    await task.running.stop();
    return { status: { code: DEADLINE_EXCEEDED, message: 'The configured timeout was reached.' } };
  }
  return resultOf(await task.running.ended);
}

/** `status` is null where the container exited with 0. */
function resultOf(ending: TaskEnding): AttemptResult {
  if ('error' in ending) {
    return { status: { code: UNKNOWN, message: `The container failed to start: ${ending.error}` } };
  }
  if ('signal' in ending) {
    return {
      status: { code: UNKNOWN, message: 'The container exited with an error.' },
      termSignal: SIGNALS[ending.signal] ?? 0,
    };
  }
  return ending.code === 0
    ? { status: null, exitCode: 0 }
    : { status: { code: UNKNOWN, message: 'The container exited with an error.' }, exitCode: ending.code };
}

/** In the words of gcloud's reports (googlecodelabs/feedback 1369, PrefectHQ/prefect 14497). */
function failureOf({ name, cancelling, tasks }: ExecutionRecord): Failure | undefined {
  if (cancelling) return { reason: 'CANCELLED', message: 'Execution cancelled.' };
  const failed = tasks.find(({ state }) => state === 'failed');
  if (!failed) return undefined;
  const { exitCode = 0, status } = failed.last ?? {};
  return {
    reason: 'NON_ZERO_EXIT_CODE',
    message: `Task ${name.execution}-task${failed.index} failed with exit code: ${exitCode} and message: ${status?.message}`,
  };
}
