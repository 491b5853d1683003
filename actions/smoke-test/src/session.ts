import { type Check, needsBody } from '@apex-actions/shared/smoke/check';
import { captureFrom, judge } from '@apex-actions/shared/smoke/expect';
import { asksForHealth, judgeHealth } from '@apex-actions/shared/smoke/health-body';
import { Masks } from '@apex-actions/shared/smoke/masks';
import { requestOf } from '@apex-actions/shared/smoke/request';
import { describeResult } from '@apex-actions/shared/smoke/result';
import { type RunOptions, runChecks } from '@apex-actions/shared/smoke/run-checks';
import type { Json } from '@apex-actions/shared/smoke/schema';
import type { Answer, Exchange, User } from './load/plan.ts';
import { rotation, type Weighted } from './load/weights.ts';

/** Which checks begin a user, and which go on for as long as the load lasts. */
export type Scenario = { begin: readonly Check[]; repeated: readonly Weighted<Check>[] };

/**
 * Checks with a weight are chosen by it, as tasks in a locust file, after those without one have begun the user. Where none has
 * a weight, each user repeats all of them in their order. Those that the checks before have skipped do not take part.
 */
export function scenarioOf(checks: readonly Check[], skipped: ReadonlySet<string>): Scenario {
  const taking = checks.filter(({ name }) => !skipped.has(name));
  const repeated = taking.flatMap((item) =>
    item.weight === undefined ? [] : [{ item, weight: item.weight }],
  );
  if (repeated.length === 0) return { begin: [], repeated: taking.map((item) => ({ item, weight: 1 })) };
  return { begin: taking.filter(({ weight }) => weight === undefined), repeated };
}

/** Makes users: each runs what begins one, and rejects where that fails. */
export function userFactory(
  { begin, repeated }: Scenario,
  options: RunOptions,
  idToken: () => string | undefined,
): (number: number) => Promise<User> {
  const nextOf = rotation(repeated);
  return async (number) => {
    // Thousands of tokens in one mask would take longer than the load.
    const { results, variables } = await runChecks(begin, { ...options, masks: new Masks() });
    const failed = results.find(({ status }) => status === 'failed');
    if (failed) throw new Error(`a user cannot begin: ${describeResult(failed)}`);
    return new Session(nextOf(number), new Map(variables), options.target.url, idToken);
  };
}

/** One user, who keeps what the answers gave. */
class Session implements User {
  readonly #next: () => Check;
  readonly #variables: Map<string, Json>;
  readonly #base: URL;
  readonly #idToken: () => string | undefined;
  readonly #ready = new Map<Check, { exchange: Exchange; token: string | undefined }>();

  constructor(next: () => Check, variables: Map<string, Json>, base: URL, idToken: () => string | undefined) {
    this.#next = next;
    this.#variables = variables;
    this.#base = base;
    this.#idToken = idToken;
  }

  /** Requests are made anew only after a variable or the ID token has changed. */
  next(): Exchange {
    const check = this.#next();
    const token = this.#idToken();
    const ready = this.#ready.get(check);
    if (ready && ready.token === token) return ready.exchange;
    const exchange = this.#exchange(check, token);
    this.#ready.set(check, { exchange, token });
    return exchange;
  }

  #exchange(check: Check, token: string | undefined): Exchange {
    const { method, url, headers, body } = requestOf(check, this.#base, this.#variables, token);
    return {
      name: check.name,
      method,
      path: `${url.pathname}${url.search}`,
      headers: Object.entries(headers).flat(),
      body,
      needsBody: needsBody(check) || asksForHealth(check),
      judge: (answer) => this.#judge(check, answer),
    };
  }

  /** Never tells what was in the answer: reasons are counted and shown. */
  #judge(check: Check, { status, headers, body }: Answer): string | undefined {
    const response = { status, headers, body, durationMs: 0 };
    const [failure] = judge(check, response, this.#variables);
    if (failure) return failure.what === 'status' ? `status ${status}` : `${failure.what} not as expected`;
    const [ill] = judgeHealth(check, response, undefined);
    if (ill) return `${ill.what} not well`;
    const { values, failures } = captureFrom(check, response);
    for (const [name, value] of values) {
      if (this.#variables.get(name) === value) continue;
      this.#variables.set(name, value);
      this.#ready.clear();
    }
    return failures[0] && `${failures[0].what} not found`;
  }
}
