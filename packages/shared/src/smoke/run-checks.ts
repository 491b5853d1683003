import type { Clock } from '../action/clock.ts';
import { describeError } from '../action/errors.ts';
import { type Check, expectsRedirect } from './check.ts';
import { captureFrom, type Failure, hasStatus, judge } from './expect.ts';
import { type Expected, judgeHealth } from './health-body.ts';
import { hintForNoAnswer, hintForStatus, type IdTokenState, STARTING } from './hints.ts';
import type { Masks } from './masks.ts';
import { excerpt } from './plain.ts';
import { LeadsElsewhere, requestOf } from './request.ts';
import { excerptOf, type Response } from './response.ts';
import { type CheckResult, describeFailure, type Wait } from './result.ts';
import type { Json } from './schema.ts';
import { NoAnswer, type Sender } from './send.ts';
import { holds, MissingVariable, type Variables } from './template.ts';

export type Target = {
  url: URL;
  /** `when-refused`: only after an answer of 401 or 403. */
  idToken: { use: 'always' | 'when-refused' | 'never'; token: () => Promise<string | undefined> };
};

export type RunOptions = {
  target: Target;
  variables: Variables;
  masks: Masks;
  sender: Sender;
  clock: Clock;
  signal: AbortSignal;
  /** Longest time for one request, with its body. */
  requestTimeoutMs: number;
  /** How long a service that does not answer yet is waited for. */
  patienceMs: number;
  /** How often a check that failed is tried again, unless it has a `retry` of its own. */
  retries: number;
  continueOnFailure: boolean;
  expected: Expected | undefined;
  onWait: (wait: Wait) => void;
  onResult: (result: CheckResult) => void;
};

export type Run = {
  results: readonly CheckResult[];
  /** With what was captured. */
  variables: Variables;
};

const PAUSE_MS = 1000;

type Attempt = {
  failures: readonly Failure[];
  response: Response | undefined;
  /** Nothing of the service itself was seen. */
  starting: boolean;
  durationMs: number;
  captured: ReadonlyMap<string, Json>;
};

/**
 * Runs checks in their order, each with what those before it captured. The first that fails ends it, unless told otherwise;
 * what then lacks a captured value is skipped.
 */
export async function runChecks(checks: readonly Check[], options: RunOptions): Promise<Run> {
  const runner = new Runner(options);
  const results: CheckResult[] = [];
  for (const check of checks) {
    const goesOn = options.continueOnFailure || results.every(({ status }) => status !== 'failed');
    const result = !goesOn
      ? runner.skipped(check, 'an earlier check failed')
      : runner.isSilent
        ? runner.skipped(check, 'the service does not answer')
        : await runner.run(check);
    results.push(result);
    options.onResult(result);
  }
  return { results, variables: runner.variables };
}

class Runner {
  readonly variables: Map<string, Json>;
  readonly #options: RunOptions;
  readonly #startedMs: number;
  /** The service itself has answered: from then on it is not starting any more. */
  #reached = false;
  #unanswered = false;
  /** Cloud Run's own check of who may call comes before every answer of the service. */
  #admitted = false;
  #idToken: string | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.variables = new Map(options.variables);
    this.#startedMs = options.clock.nowMs();
  }

  async run(check: Check): Promise<CheckResult> {
    if (check.when !== undefined && !holds(check.when, this.variables)) {
      return this.skipped(check, `\`when: ${check.when}\` does not hold`);
    }
    let judgedMs: number | undefined;
    let judged = 0;
    for (let attempts = 1; ; attempts += 1) {
      const attempt = (await this.#attempt(check)) ?? (await this.#attempt(check));
      if (attempt === undefined) throw new Error('unreachable: an ID token was sent');
      if (attempt instanceof MissingVariable) {
        return this.skipped(check, `\`\${${attempt.variable}}\` was not captured`);
      }
      this.#unanswered ||= attempt.response === undefined && attempt.starting;
      this.#reached ||= attempt.response !== undefined && !attempt.starting;
      const isUp = this.#reached || !attempt.starting;
      judgedMs ??= isUp ? this.#options.clock.nowMs() : undefined;
      if (judgedMs !== undefined) judged += 1;
      const wait = attempt.failures.length > 0 && this.#waitAfter(check, attempt, judged, judgedMs);
      if (!wait) return this.#ended(check, attempt, attempts);
      this.#options.onWait(wait);
      await this.#options.clock.sleep(wait.pauseMs, this.#options.signal);
    }
  }

  /** It has been waited for as long as was asked, and has not answered at all. */
  get isSilent(): boolean {
    const { clock, patienceMs } = this.#options;
    return this.#unanswered && !this.#reached && clock.nowMs() - this.#startedMs >= patienceMs;
  }

  skipped(check: Check, reason: string): CheckResult {
    for (const name of Object.keys(check.capture)) this.variables.delete(name);
    const { name, line } = check;
    return {
      name,
      line,
      request: this.#shown(`${check.method} ${check.path}`),
      status: 'skipped',
      attempts: 0,
      durationMs: 0,
      failures: [],
      answer: undefined,
      reason: this.#shown(reason),
    };
  }

  /** `undefined`: to be repeated at once, with an ID token. */
  async #attempt(check: Check): Promise<Attempt | MissingVariable | undefined> {
    const { target, sender, requestTimeoutMs, signal, clock } = this.#options;
    const startedMs = clock.nowMs();
    if (target.idToken.use === 'always') this.#idToken = await this.#token();
    try {
      const request = requestOf(check, target.url, this.variables, this.#idToken);
      const keepRedirect = expectsRedirect(check.expect);
      const response = await sender.send(request, { timeoutMs: requestTimeoutMs, keepRedirect, signal });
      return await this.#judged(check, response);
    } catch (error) {
      if (error instanceof MissingVariable) return error;
      const failure = failureOf(error);
      if (!failure) throw error;
      const starting =
        error instanceof NoAnswer && error.mayPass && (error.kind === 'refused' || mayRepeat(check));
      const durationMs = clock.nowMs() - startedMs;
      return { failures: [failure], response: undefined, starting, durationMs, captured: new Map() };
    }
  }

  async #judged(check: Check, response: Response): Promise<Attempt | undefined> {
    const { target, masks, expected } = this.#options;
    const { status, durationMs } = response;
    const {
      values,
      failures: missing,
      judged,
      health,
    } = judgedAnswer(check, response, this.variables, expected);
    for (const value of values.values()) masks.add(value);
    const wrongStatus = !hasStatus(check.expect.statuses, status);
    if (wrongStatus && (status === 401 || status === 403) && this.#idToken === undefined && !this.#admitted) {
      if (target.idToken.use === 'when-refused') this.#idToken = await this.#token();
      if (this.#idToken !== undefined) return undefined;
    }
    const hint = wrongStatus ? hintForStatus(response, this.#idTokenState()) : '';
    const answered = wrongStatus
      ? judged.map((failure) => (failure.what === 'status' && hint ? { ...failure, hint } : failure))
      : [...judged, ...missing];
    // An unhealthy service answers 503, and its body tells why.
    const failures = [...answered, ...health];
    this.#admitted ||= !wrongStatus;
    const starting = wrongStatus && STARTING.has(status) && (mayRepeat(check) || NOT_TAKEN.has(status));
    return { failures, response, starting, durationMs, captured: values };
  }

  #idTokenState(): IdTokenState {
    if (this.#idToken !== undefined) return 'sent';
    return this.#options.target.idToken.use === 'never' ? 'not-asked' : 'impossible';
  }

  async #token(): Promise<string | undefined> {
    const token = await this.#options.target.idToken.token();
    if (token !== undefined) this.#options.masks.add(token);
    return token;
  }

  /**
   * @param judged how many attempts saw more than a service that is starting
   * @param judgedMs when the first of them did: the time of the check's `retry` begins then
   */
  #waitAfter(check: Check, attempt: Attempt, judged: number, judgedMs: number | undefined): Wait | undefined {
    const { clock, patienceMs, retries } = this.#options;
    const whys = shown(attempt.failures, (text) => this.#mask(text)).map(({ hint: _, ...failure }) =>
      describeFailure(failure),
    );
    const why = excerpt(whys.join('; '));
    const nowMs = clock.nowMs();
    const until = (endMs: number, kind: Wait['kind'], pauseMs: number): Wait | undefined =>
      nowMs + pauseMs > endMs ? undefined : { check: check.name, why, kind, pauseMs, leftMs: endMs - nowMs };
    if (judgedMs === undefined) {
      const longestMs = Math.max(patienceMs, check.retry?.forMs ?? 0);
      return until(this.#startedMs + longestMs, 'starting', PAUSE_MS);
    }
    if (check.retry) return until(judgedMs + check.retry.forMs, 'retry', check.retry.everyMs);
    if (judged > retries) return undefined;
    return { check: check.name, why, kind: 'retry', pauseMs: PAUSE_MS, leftMs: undefined };
  }

  #ended(check: Check, { failures, response, durationMs, captured }: Attempt, attempts: number): CheckResult {
    const passed = failures.length === 0;
    for (const name of Object.keys(check.capture)) {
      const value = passed ? captured.get(name) : undefined;
      // Not what the environment has by that name, either.
      if (value === undefined) this.variables.delete(name);
      else this.variables.set(name, value);
    }
    const mask = (text: string) => this.#mask(text);
    return {
      name: check.name,
      line: check.line,
      request: this.#shown(`${check.method} ${check.path}`),
      status: passed ? 'passed' : 'failed',
      attempts,
      durationMs,
      failures: shown(failures, mask),
      answer: response && { status: response.status, excerpt: passed ? '' : excerptOf(response, mask) },
      reason: undefined,
    };
  }

  #mask(text: string): string {
    return this.#options.masks.mask(text);
  }

  /** Without secrets and control characters, and no longer than anyone reads. */
  #shown(text: string): string {
    return excerpt(this.#mask(text));
  }
}

/** Whether a request can be sent again that may have been carried out (https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2). */
function mayRepeat({ method }: Check): boolean {
  return method !== 'POST' && method !== 'PATCH';
}

/** Statuses of a request that the application has not seen, or has refused to look at. */
const NOT_TAKEN: ReadonlySet<number> = new Set([425, 429, 502, 503]);

type Judged = ReturnType<typeof captureFrom> & { judged: readonly Failure[]; health: readonly Failure[] };

/** A body that is too much for what looks into it fails its own check, and no more. */
function judgedAnswer(
  check: Check,
  response: Response,
  variables: Variables,
  expected: Expected | undefined,
): Judged {
  try {
    const judged = judge(check, response, variables);
    const health = judgeHealth(check, response, expected);
    return { ...captureFrom(check, response), judged, health };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const failure = { what: 'body', expected: 'something that can be judged', got: describeError(error) };
    return { values: new Map(), failures: [], judged: [failure], health: [] };
  }
}

/** What kept a request from being sent or answered, as a failure of its check; `undefined` for all else. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof LeadsElsewhere) {
    return { what: 'request', expected: 'the host that is checked', got: error.message };
  }
  if (!(error instanceof NoAnswer)) return undefined;
  const hint = hintForNoAnswer(error);
  // Not cut before it is masked.
  return { what: 'no answer', got: error.message.replace(/\s+/g, ' '), ...(hint ? { hint } : {}) };
}

/** A path such as `items[*].id` may fail at every element of a list. */
const MOST_FAILURES = 10;

/** Failures as they are shown: without secrets, and only then cut, so that no half of one is left. */
function shown(failures: readonly Failure[], mask: (text: string) => string): Failure[] {
  const more = failures.length - MOST_FAILURES;
  return [
    ...failures.slice(0, MOST_FAILURES).map((failure) => masked(failure, mask)),
    ...(more > 0 ? [{ what: 'further', got: `${more} failures` }] : []),
  ];
}

function masked(failure: Failure, mask: (text: string) => string): Failure {
  const texts = Object.entries(failure).map(([key, text]) => [key, excerpt(mask(text))]);
  return { ...failure, ...Object.fromEntries(texts) };
}
