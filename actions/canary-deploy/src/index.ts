import { randomUUID } from 'node:crypto';
import { systemClock } from '@apex-actions/shared/action/clock';
import { readContext } from '@apex-actions/shared/action/context';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { describeError } from '@apex-actions/shared/action/errors';
import { InputReader } from '@apex-actions/shared/action/inputs';
import { createActionLog } from '@apex-actions/shared/action/log';
import { setOutputs } from '@apex-actions/shared/action/outputs';
import { run } from '@apex-actions/shared/action/run';
import { writeSummary } from '@apex-actions/shared/action/summary';
import { connect } from '@apex-actions/shared/cloudrun/connect';
import { explain } from '@apex-actions/shared/cloudrun/errors';
import { createServicePort } from '@apex-actions/shared/cloudrun/services';
import { createAnnouncer } from '@apex-actions/shared/github/create';
import { readGitHubInputs } from '@apex-actions/shared/github/inputs';
import { createMetricsPort } from '@apex-actions/shared/metrics/monitoring';
import { createRegistryClient } from '@apex-actions/shared/registry/resolve';
import { createRecorder } from '@apex-actions/shared/report/recorder';
import { recordingLog } from '@apex-actions/shared/report/recording-log';
import { writeReport } from '@apex-actions/shared/report/write';
import { createStepMasks } from '@apex-actions/shared/smoke/step-masks';
import { announceEnd, announceRepair } from './announce.ts';
import { begun, type Progress } from './begun.ts';
import { readInputs } from './inputs.ts';
import { main } from './main.ts';
import { post } from './post.ts';
import { maskOf, SHOWABLE } from './shown.ts';

const clock = systemClock;
const recorder = createRecorder(clock);
const log = recordingLog(createActionLog(), recorder);
const callTimeoutMs = 5 * 60_000;
/** After which a poll goes without metrics; the next one asks again. */
const METRICS_TIMEOUT_MS = 60_000;
const onRetry = (error: unknown, delayMs: number) =>
  log.info(`Trying again in ${formatDuration(delayMs)}: ${describeError(error)}`);
/** The post step takes no longer than a minute: the runner ends a cancelled job five minutes after the cancel. */
const postTimeoutMs = 60_000;

async function runMain(signal: AbortSignal): Promise<void> {
  const inputs = readInputs(process.env);
  const { clients, id } = await connect(inputs, process.env);
  const { services, revisions, accessToken, idToken } = clients;
  const context = readContext(process.env);
  const identity = { id: randomUUID(), ...context };
  const announcer = createAnnouncer(inputs.github, id, { env: process.env, clock, log, signal });
  const remember = (progress: Partial<Progress>) =>
    begun.save({ id: identity.id, ...id, failing: false, ended: false, ...progress });
  const masks = createStepMasks();
  const mask = maskOf(inputs, masks);
  const about = {
    action: 'canary-deploy',
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
      port: createServicePort({ services, revisions, id, clock, callTimeoutMs, onRetry, signal }),
      repairPort: createServicePort({ services, revisions, id, clock, callTimeoutMs, onRetry }),
      metrics: createMetricsPort({
        client: clients.metrics,
        id,
        callTimeoutMs: METRICS_TIMEOUT_MS,
        onRetry,
        signal,
      }),
      registry: createRegistryClient({ accessToken, signal }),
      idToken,
      masks,
      clock,
      log,
      signal,
      identity,
      remember,
      announcer,
      recorder,
    }).catch(async (error: unknown) => {
      await report(error);
      throw error;
    });
    setOutputs(result.outputs);
    if (result.summary) await writeSummary(result.summary, process.env);
    await report(result.failure);
    await announceEnd(announcer, result);
    if (result.failure) throw result.failure;
  } catch (error) {
    await announcer?.brokeOff(describeError(error));
    throw explain(
      error,
      'The deploy',
      id,
      'Nothing was given any user by this run; its post step checks that',
    );
  }
}

async function runPost(signal: AbortSignal): Promise<void> {
  const rollout = begun.read();
  if (!rollout) return log.info('Main began no rollout: nothing to repair');
  if (rollout.ended) return log.info('The rollout had ended in order: nothing to repair');
  const { clients, id } = await connect({ ...rollout, projectId: rollout.project }, process.env);
  const { services, revisions } = clients;
  const port = createServicePort({ services, revisions, id, clock, callTimeoutMs: postTimeoutMs, onRetry });
  const { failing } = rollout;
  const repaired = await post({ port, clock, log, identity: { id: rollout.id }, failing });
  const github = readGitHubInputs(new InputReader(process.env));
  const announcer = createAnnouncer(github, id, { env: process.env, clock, log, signal });
  await announceRepair(announcer, repaired);
}

void run({ main: runMain, post: runPost });
