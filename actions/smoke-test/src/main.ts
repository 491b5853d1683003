import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { audienceOf } from '@apex-actions/shared/cloudrun/audience';
import { expectsVersion } from '@apex-actions/shared/smoke/health-body';
import {
  type CheckResult,
  countOf,
  describeFailure,
  describeResult,
  describeWait,
} from '@apex-actions/shared/smoke/result';
import { type RunOptions, runChecks, type Target } from '@apex-actions/shared/smoke/run-checks';
import type { Deps } from './deps.ts';
import { expectedOf } from './expected.ts';
import type { Inputs } from './inputs.ts';
import { type LoadOutcome, runLoad } from './load.ts';

/** What the step found. Every text is masked. */
export type Outcome = {
  url: string;
  startedMs: number;
  durationMs: number;
  results: readonly CheckResult[];
  load: LoadOutcome | undefined;
  /** Why there was no load, where there was to be one. */
  loadError: ActionError | undefined;
};

/** Runs the checks, and the load once they have passed. Throws `ActionError` where no check could be run. */
export async function main(inputs: Inputs, deps: Deps): Promise<Outcome> {
  const { masks, log, clock, sender, signal } = deps;
  const { checks, variables, secrets } = inputs.checks;
  const startedMs = clock.nowMs();
  for (const secret of secrets) masks.add(secret);
  const expected = await expectedOf(inputs, deps.images, log);
  let compared = checks.some(expectsVersion);
  const options: RunOptions = {
    target: await targetOf(inputs, deps),
    variables,
    masks,
    sender,
    clock,
    signal,
    requestTimeoutMs: inputs.requestTimeoutMs,
    patienceMs: inputs.patienceMs,
    retries: inputs.retries,
    continueOnFailure: inputs.continueOnFailure,
    expected: expected && {
      ...expected,
      fits: (version) => {
        compared = true;
        return expected.fits(version);
      },
    },
    onWait: (wait) =>
      log.info(`  ${wait.kind === 'starting' ? 'not up yet' : 'not yet'}: ${describeWait(wait)}`),
    onResult: (result) => log.info(lineOf(result)),
  };
  log.info(`${checks.length === 1 ? '1 check' : `${checks.length} checks`} of ${inputs.url.href}`);
  const { results, variables: captured } = await runChecks(checks, options);
  const all = [...results];
  if (expected && !compared && countOf(results, 'failed') === 0) {
    const unproven = notNamed(expected.text);
    all.push(unproven);
    log.info(lineOf(unproven));
  }
  const loaded = await loadAfter(inputs, all, { ...options, variables: captured }, log);
  return { url: inputs.url.href, startedMs, durationMs: clock.nowMs() - startedMs, results: all, ...loaded };
}

/** Who says which version there should be is not told that all is well where nothing tells which one there is. */
function notNamed(expected: string): CheckResult {
  const failure = {
    what: 'version',
    expected,
    got: 'nothing',
    hint: 'no check got a health body with a version; add one such as `GET /health`, or leave `commit` and `image` out',
  };
  return {
    name: 'The deployed version',
    line: 1,
    request: 'health body',
    status: 'failed',
    attempts: 0,
    durationMs: 0,
    failures: [failure],
    answer: undefined,
    reason: undefined,
  };
}

/** What the checks found is not lost for a load that cannot begin. */
async function loadAfter(
  { load, checks }: Inputs,
  results: readonly CheckResult[],
  options: RunOptions,
  log: Log,
): Promise<Pick<Outcome, 'load' | 'loadError'>> {
  const none = { load: undefined, loadError: undefined };
  if (!load) return none;
  if (countOf(results, 'passed') === 0 || countOf(results, 'failed') > 0) {
    log.info('The load is left out, since not every check that ran has passed');
    return none;
  }
  try {
    return { ...none, load: await runLoad(load, checks.checks, results, options, log) };
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    return { ...none, loadError: error };
  }
}

async function targetOf({ url, idToken }: Inputs, deps: Deps): Promise<Target> {
  if (idToken === 'none') return { url, idToken: { use: 'never', token: async () => undefined } };
  const audience = idToken === 'auto' ? audienceOf(url) : idToken.audience;
  const first = await deps.idToken(audience);
  if (!first.ok) {
    throw new ActionError({
      what: `No ID token for ${audience} can be made: ${first.why}`,
      state: 'No check was run',
      next: first.next,
    });
  }
  deps.log.info(`Requests carry an ID token for ${audience}`);
  const token = async () => {
    const again = await deps.idToken(audience);
    return again.ok ? again.token : first.token;
  };
  return { url, idToken: { use: 'always', token } };
}

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;

function lineOf(result: CheckResult): string {
  const { name, request, status, durationMs, attempts, failures, reason, answer } = result;
  const title = name === request ? name : `${name}: ${request}`;
  if (status === 'skipped') return `${MARKS.skipped} ${title}, left out: ${reason}`;
  const tries = attempts > 1 ? `, attempt ${attempts}` : '';
  const head = `${MARKS[status]} ${title}${answer ? ` → ${answer.status}` : ''} in ${formatDuration(durationMs)}${tries}`;
  const excerpt = status === 'failed' && answer?.excerpt ? [`    answer: ${answer.excerpt}`] : [];
  return [head, ...failures.map((failure) => `    ${describeFailure(failure)}`), ...excerpt].join('\n');
}

/** GitHub shows ten annotations of a step. */
const MOST_ANNOTATIONS = 10;

/** One annotation per failed check: all but the first, which ends the step. */
export function annotate({ results }: Outcome, file: string | undefined, { log }: Pick<Deps, 'log'>): void {
  const failed = results.filter(({ status }) => status === 'failed');
  for (const result of failed.slice(1, MOST_ANNOTATIONS)) {
    log.error(`Check "${result.name}" failed: ${describeResult(result)}`, placeIn(file, result));
  }
}

function placeIn(file: string | undefined, { line }: CheckResult) {
  return file === undefined ? {} : { file, startLine: line };
}

/** The error that ends the step; `undefined` when all is well. */
export function failureOf(
  { results, load, loadError }: Outcome,
  file: string | undefined,
): ActionError | undefined {
  const first = results.find(({ status }) => status === 'failed');
  const others = countOf(results, 'failed') - 1;
  if (first) {
    const leftOut = countOf(results, 'skipped');
    const skipped = leftOut > 0 ? `, ${leftOut} were left out` : '';
    const more = others > 0 ? `, and ${others} more failed` : '';
    return new ActionError({
      what: `Check "${first.name}" failed: ${describeResult(first)}`,
      state: `${countOf(results, 'passed')} of ${results.length} checks passed${more}${skipped}; this step changes nothing on the service`,
      next: 'Look at the answer in the summary and at the logs of the service; the checks can be run again at any time',
      ...(file === undefined ? {} : { place: { file, startLine: first.line } }),
    });
  }
  if (loadError) return loadError;
  if (results.every(({ status }) => status === 'skipped')) {
    return new ActionError({
      what: `No check ran: ${results[0]?.name}, ${results[0]?.reason}`,
      state: 'Nothing is known about the service',
      next: 'Look at the `when` of the checks, and at the variables that they name; where none is to run, leave the step out',
    });
  }
  if (load && load.violations.length > 0) {
    return new ActionError({
      what: `The load is outside its limits: ${load.violations.map(({ limit, expected, got }) => `${limit} ${got}, expected ${expected}`).join('; ')}`,
      state: `All checks had passed before; the load is over`,
      next: 'Look at the histogram in the summary, and at instances, CPU and concurrency of the revision in the console',
    });
  }
  return undefined;
}
