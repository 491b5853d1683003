import { randomUUID } from 'node:crypto';
import { systemClock } from '@apex-actions/shared/action/clock';
import { readContext } from '@apex-actions/shared/action/context';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { describeError } from '@apex-actions/shared/action/errors';
import { createActionLog } from '@apex-actions/shared/action/log';
import { setOutputs } from '@apex-actions/shared/action/outputs';
import { run } from '@apex-actions/shared/action/run';
import { writeSummary } from '@apex-actions/shared/action/summary';
import type { Clients } from '@apex-actions/shared/cloudrun/clients';
import { connect } from '@apex-actions/shared/cloudrun/connect';
import { explain } from '@apex-actions/shared/cloudrun/errors';
import { createJobPort, type JobId } from '@apex-actions/shared/cloudrun/jobs';
import { createLogPort } from '@apex-actions/shared/cloudrun/logs';
import { createServicePort } from '@apex-actions/shared/cloudrun/services';
import { createRegistryClient } from '@apex-actions/shared/registry/resolve';
import { ExecutionsClient, JobsClient, TasksClient } from '@google-cloud/run';
import { readInputs } from './inputs.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { type Begun, begun } from './state.ts';

const log = createActionLog();
const clock = systemClock;
const CALL_TIMEOUT_MS = 5 * 60_000;
const LOGS_TIMEOUT_MS = 20_000;
/** The runner ends a cancelled job five minutes after the cancel. */
const POST_TIMEOUT_MS = 60_000;
const onRetry = (error: unknown, delayMs: number) =>
  log.info(`Trying again in ${formatDuration(delayMs)}: ${describeError(error)}`);

type Limits = { callTimeoutMs: number; signal?: AbortSignal };

function jobPortOf({ runOptions }: Clients, id: JobId, limits: Limits) {
  return createJobPort({
    jobs: new JobsClient(runOptions),
    executions: new ExecutionsClient(runOptions),
    tasks: new TasksClient(runOptions),
    id,
    clock,
    onRetry,
    ...limits,
  });
}

/** The schema of a migration that has succeeded is remembered even when the step is cancelled meanwhile. */
function servicePortOf({ services, revisions }: Clients, id: JobId, service: string | undefined) {
  return service === undefined
    ? undefined
    : createServicePort({
        services,
        revisions,
        id: { ...id, service },
        clock,
        onRetry,
        callTimeoutMs: POST_TIMEOUT_MS,
      });
}

async function runMain(signal: AbortSignal): Promise<void> {
  const inputs = readInputs(process.env);
  const { clients, id: place } = await connect({ ...inputs, service: inputs.service ?? '' }, process.env);
  const id = { ...place, job: inputs.job };
  const context = readContext(process.env);
  const { schemaVersion, args, downArgs, compatibility, service } = inputs;
  const { runUrl } = context;
  let progress: Begun = {
    ...id,
    service,
    id: randomUUID(),
    runUrl,
    args,
    compatibility,
    schemaVersion,
    downArgs,
    asked: false,
    ended: false,
  };
  try {
    const result = await main(inputs, {
      jobs: jobPortOf(clients, id, { callTimeoutMs: CALL_TIMEOUT_MS, signal }),
      logs: await createLogPort({ ...id, env: process.env, deadlineMs: LOGS_TIMEOUT_MS, signal }),
      service: servicePortOf(clients, id, service),
      registry: createRegistryClient({ accessToken: clients.accessToken, signal }),
      backups: async () => {
        const { createBackupPort } = await import('@apex-actions/shared/cloudsql/backups');
        return createBackupPort({ env: process.env, clock, signal, onRetry });
      },
      clock,
      log,
      signal,
      context,
      id: progress.id,
      remember: (more) => {
        progress = { ...progress, ...more };
        begun.save(progress);
      },
      publish: setOutputs,
    });
    setOutputs(result.outputs);
    await writeSummary(result.summary, process.env);
    if (result.failure) throw result.failure;
  } catch (error) {
    if (signal.aborted && error === signal.reason) throw error;
    throw explain(
      error,
      'The migration',
      id,
      'Unless the log above names an execution, none is known to have been started; the post step puts right what is left',
    );
  }
}

async function runPost(): Promise<void> {
  const left = begun.read();
  if (!left || left.ended) return log.info('Main left nothing to put right');
  const { clients } = await connect(
    { ...left, projectId: left.project, service: left.service ?? '' },
    process.env,
  );
  const id = { project: left.project, region: left.region, job: left.job };
  const deps = {
    jobs: jobPortOf(clients, id, { callTimeoutMs: POST_TIMEOUT_MS }),
    logs: await createLogPort({ ...id, env: process.env, deadlineMs: LOGS_TIMEOUT_MS }),
    service: servicePortOf(clients, id, left.service),
    clock,
    log,
  };
  try {
    await post(left, deps);
  } catch (error) {
    throw explain(error, 'Putting right what the migration left', id, 'An execution may be running');
  }
}

void run({ main: runMain, post: runPost });
