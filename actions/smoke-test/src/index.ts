import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@apex-actions/shared/action/clock';
import { createActionLog } from '@apex-actions/shared/action/log';
import { setOutputs } from '@apex-actions/shared/action/outputs';
import { run } from '@apex-actions/shared/action/run';
import { writeSummary } from '@apex-actions/shared/action/summary';
import { createAuth } from '@apex-actions/shared/cloudrun/credentials';
import { createIdTokens } from '@apex-actions/shared/cloudrun/id-token';
import { createImages } from '@apex-actions/shared/registry/images';
import { countOf } from '@apex-actions/shared/smoke/result';
import { createSender } from '@apex-actions/shared/smoke/send';
import { createStepMasks } from '@apex-actions/shared/smoke/step-masks';
import { readInputs } from './inputs.ts';
import { junitOf } from './junit.ts';
import { annotate, failureOf, main, type Outcome } from './main.ts';
import { reportOf } from './report.ts';
import { summaryOf } from './summary.ts';

const log = createActionLog();
const clock = systemClock;

/** Google's clients know no signal, and may wait for long. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function runMain(signal: AbortSignal): Promise<void> {
  const inputs = readInputs(process.env);
  const masks = createStepMasks();
  const auth = createAuth();
  const idTokens = createIdTokens(auth, { mask: (secret) => masks.add(secret), clock });
  const accessToken = async () =>
    (await abortable(auth.getAccessToken(), signal).catch(() => undefined)) ?? undefined;
  const outcome = await main(inputs, {
    images: createImages({ accessToken, signal }),
    idToken: (audience) => abortable(idTokens.token(audience), signal),
    sender: createSender(),
    masks,
    clock,
    log,
    signal,
  });
  await publish(outcome);
  annotate(outcome, inputs.checksFile, { log });
  const failure = failureOf(outcome, inputs.checksFile);
  if (failure) throw failure;
}

async function publish(outcome: Outcome): Promise<void> {
  const { results, load } = outcome;
  const folder = await mkdtemp(join(process.env.RUNNER_TEMP ?? tmpdir(), 'smoke-test-'));
  const [report, junit] = [join(folder, 'report.json'), join(folder, 'junit.xml')];
  await writeFile(report, reportOf(outcome));
  await writeFile(junit, junitOf(outcome));
  const p95 = load?.result.total.corrected.p95;
  setOutputs({
    passed: countOf(results, 'passed'),
    failed: countOf(results, 'failed'),
    'p95-ms': p95 === undefined || Number.isNaN(p95) ? undefined : Math.round(p95),
    report,
    junit,
  });
  await writeSummary(summaryOf(outcome), process.env);
}

void run({ main: runMain });
