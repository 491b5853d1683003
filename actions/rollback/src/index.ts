import { systemClock } from '@apex-actions/shared/action/clock';
import { readContext } from '@apex-actions/shared/action/context';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { describeError } from '@apex-actions/shared/action/errors';
import { createActionLog } from '@apex-actions/shared/action/log';
import { setOutputs } from '@apex-actions/shared/action/outputs';
import { run } from '@apex-actions/shared/action/run';
import { writeSummary } from '@apex-actions/shared/action/summary';
import { connect } from '@apex-actions/shared/cloudrun/connect';
import { explain } from '@apex-actions/shared/cloudrun/errors';
import { createServicePort, listServices } from '@apex-actions/shared/cloudrun/services';
import { createAnnouncer } from '@apex-actions/shared/github/create';
import { createMetricsPort } from '@apex-actions/shared/metrics/monitoring';
import { createRecorder } from '@apex-actions/shared/report/recorder';
import { recordingLog } from '@apex-actions/shared/report/recording-log';
import { writeReport } from '@apex-actions/shared/report/write';
import { createStepMasks } from '@apex-actions/shared/smoke/step-masks';
import { announceMove } from './announce.ts';
import { type Begun, begun } from './begun.ts';
import { type Inputs, readInputs, type SweepInputs } from './inputs.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { sweep } from './sweep.ts';

const clock = systemClock;
const recorder = createRecorder(clock);
const log = recordingLog(createActionLog(), recorder);
/** Inputs of which the report shows more than that they were given. */
const SHOWABLE = {
  values: ['service', 'region', 'project-id', 'to', 'reason', 'health-path', 'force', 'dry-run'],
  keys: [],
};
const callTimeoutMs = 5 * 60_000;
/** The runner ends a cancelled job five minutes after the cancel. */
const POST_TIMEOUT_MS = 60_000;
const onRetry = (error: unknown, delayMs: number) =>
  log.info(`Trying again in ${formatDuration(delayMs)}: ${describeError(error)}`);

async function runMain(signal: AbortSignal): Promise<void> {
  const request = readInputs(process.env);
  await (request.kind === 'sweep' ? runSweep(request.inputs) : runRollback(request.inputs, signal));
}

async function runSweep(inputs: SweepInputs): Promise<void> {
  const { clients, id } = await connect({ ...inputs, service: inputs.service ?? '' }, process.env);
  const { services, revisions } = clients;
  const portOf = (service: string) =>
    createServicePort({ services, revisions, id: { ...id, service }, clock, callTimeoutMs, onRetry });
  const one = inputs.service;
  try {
    const { summary, failure } = await sweep({
      services: one
        ? async () => [await portOf(one).get()].filter((service) => service !== undefined)
        : () => listServices(services, id, { deadlineMs: callTimeoutMs, onRetry }),
      portOf,
      clock,
      log,
      context: readContext(process.env),
      dryRun: inputs.dryRun,
    });
    await writeSummary(summary, process.env);
    if (failure) throw failure;
  } catch (error) {
    throw explain(error, 'The sweep', id, 'Services that the log does not name are as they were');
  }
}

async function runRollback(inputs: Inputs, signal: AbortSignal): Promise<void> {
  const { clients, id } = await connect(inputs, process.env);
  const { services, revisions, idToken } = clients;
  const announcer = createAnnouncer(inputs.github, id, { env: process.env, clock, log, signal });
  const tags: Begun['tags'][number][] = [];
  const remember = (tag: string, revision: string) => {
    tags.push({ tag, revision });
    begun.save({ ...id, tags });
  };
  const port = createServicePort({ services, revisions, id, clock, callTimeoutMs, onRetry });
  const masks = createStepMasks();
  const mask = (text: string) => masks.mask(text);
  const about = {
    action: 'rollback',
    service: id,
    recorder,
    showable: SHOWABLE,
    env: process.env,
    log,
    mask,
  } as const;
  const report = async (failure?: unknown) => setOutputs({ report: await writeReport(about, failure) });
  try {
    const result = await main(inputs, {
      port,
      metrics: createMetricsPort({ client: clients.metrics, id, callTimeoutMs: 60_000, onRetry, signal }),
      idToken,
      masks,
      clock,
      log,
      signal,
      context: readContext(process.env),
      remember,
      recorder,
    }).catch(async (error: unknown) => {
      await report(error);
      throw error;
    });
    begun.save({ ...id, tags: [] });
    setOutputs(result.outputs);
    await writeSummary(result.summary, process.env);
    await report(result.failure);
    await announceMove(announcer, inputs, result, port);
    if (result.failure) throw result.failure;
  } catch (error) {
    throw explain(
      error,
      'The rollback',
      id,
      'Unless the log above says that users were moved, they have what they had',
    );
  }
}

async function runPost(): Promise<void> {
  const left = begun.read();
  if (!left || left.tags.length === 0) return log.info('Main left nothing to tidy up');
  const { clients, id } = await connect({ ...left, projectId: left.project }, process.env);
  const { services, revisions } = clients;
  const port = createServicePort({ services, revisions, id, clock, callTimeoutMs: POST_TIMEOUT_MS, onRetry });
  await post(left, port, log);
}

void run({ main: runMain, post: runPost });
