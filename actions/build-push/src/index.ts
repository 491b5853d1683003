import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setSecret } from '@actions/core';
import { systemClock } from '@apex-actions/shared/action/clock';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import { createActionLog } from '@apex-actions/shared/action/log';
import { setOutputs } from '@apex-actions/shared/action/outputs';
import { run } from '@apex-actions/shared/action/run';
import { writeSummary } from '@apex-actions/shared/action/summary';
import { type AccessToken, isGoogles } from '@apex-actions/shared/registry/authorization';
import { createImages } from '@apex-actions/shared/registry/images';
import { createDocker } from './docker.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { existingLogins, prepareLogin, removeLogin } from './login.ts';
import { main } from './main.ts';
import { originOf } from './origin.ts';
import { loginFolder, post } from './post.ts';

const log = createActionLog();
const onRetry = (error: unknown, delayMs: number) =>
  log.info(`Trying again in ${formatDuration(delayMs)}: ${describeError(error)}`);
/** Google's clients take a fifth of a second to load, and many a build needs none. */
const google = () => import('./google.ts');

/**
 * One token for docker and for our own requests; none where no registry of Google's is used. What is not pushed is built
 * without credentials, too: a pull request from a fork has none.
 */
function tokenFor(inputs: Inputs): () => Promise<string | undefined> {
  let token: Promise<string | undefined> | undefined;
  const fetchToken = async () => {
    try {
      return await (await google()).accessToken();
    } catch (error) {
      if (inputs.kind === 'promote' || inputs.push) throw error;
      log.info('There are no Google Cloud credentials: base images have to be public');
      return undefined;
    }
  };
  return async () => {
    if (!isGoogles(inputs.repository.registry)) return undefined;
    token ??= fetchToken();
    return token;
  };
}

/** Lines of `oci://NAME@DIGEST`, for attestations (CreateArtifactsFileCommand.cs of actions/runner). */
function declareArtifact(image: string | undefined): void {
  const file = process.env.GITHUB_ARTIFACTS;
  if (file && image) appendFileSync(file, `oci://${image}\n`);
}

async function runWith(
  inputs: Inputs,
  env: NodeJS.ProcessEnv,
  accessToken: AccessToken,
  signal: AbortSignal,
): Promise<void> {
  const logins = existingLogins(process.env, log);
  const result = await main(inputs, {
    docker: createDocker({ env, log, signal }),
    images: createImages({ logins, accessToken, signal, onRetry }),
    scanner: async () => (await google()).scannerOf(inputs, process.env, { signal, onRetry }),
    running: async () => (await google()).runningImage(inputs, process.env, { signal, onRetry }),
    clock: systemClock,
    log,
    signal,
    context: await originOf(inputs, process.env),
    offersCache: Boolean(process.env.ACTIONS_RUNTIME_TOKEN),
    temp: process.env.RUNNER_TEMP || tmpdir(),
  });
  setOutputs(result.outputs);
  if (inputs.kind === 'build' && !result.failure) declareArtifact(result.outputs.image);
  await writeSummary(result.summary, process.env);
  if (result.failure) throw result.failure;
}

async function runMain(signal: AbortSignal): Promise<void> {
  const inputs = readInputs(process.env);
  if (inputs.kind === 'build') {
    for (const secret of Object.values(inputs.buildSecrets)) hide(secret);
  }
  const host = inputs.repository.registry;
  const accessToken = tokenFor(inputs);
  const login = await prepareLogin({ host, env: process.env, accessToken, hide: setSecret, log });
  if (!login) return explained(() => runWith(inputs, process.env, accessToken, signal), signal);
  loginFolder.save(login.directory);
  try {
    login.write();
    await explained(
      () => runWith(inputs, { ...process.env, DOCKER_CONFIG: login.directory }, accessToken, signal),
      signal,
    );
  } finally {
    removeLogin(login.directory);
  }
}

/** The runner masks line by line: a secret of several lines is shown by its lines. A brace alone tells nothing. */
function hide(secret: string): void {
  setSecret(secret);
  for (const line of secret.split(/\r?\n/)) {
    if (line.trim().length > 3) setSecret(line);
  }
}

/** What a registry or an API said, as an error that a user can act on. */
async function explained(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof ActionError) throw cause;
    throw new ActionError({
      what: `The step failed: ${describeError(cause)}`,
      state:
        'What was built and pushed by then is in the log above; no alias was moved unless the log says so',
      next: 'Run the job again: what is there already is not built twice',
      cause,
    });
  }
}

void run({ main: runMain, post: async () => post() });
