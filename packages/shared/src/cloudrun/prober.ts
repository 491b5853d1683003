import type { Clock } from '../action/clock.ts';
import type { ProbeCounts } from '../analysis/evidence.ts';

/** What is sent: a GET of `path` to each of two URLs, every `intervalMs`. */
export type Probe = { path: string; intervalMs: number };

export type ProbeTargets = {
  canary: string;
  stable: string;
  /** An ID token for a service that answers 401 or 403 without one. */
  token: () => Promise<string | undefined>;
};

type Arm = 'canary' | 'stable';

const REQUEST_TIMEOUT_MS = 30_000;
const SECOND_MS = 1000;
/** Seen in the service's own logs. */
const USER_AGENT = 'apex-actions-probe';

/**
 * Sends probes and counts what came back. An answer of class 5xx, or none within 30 s, is an error; 401 and 403 are the
 * front end's and say nothing about the revision, so they are not counted.
 */
export class Prober {
  readonly #probe: Probe;
  readonly #clock: Clock;
  readonly #counted: Record<Arm, Map<number, ProbeCounts>> = { canary: new Map(), stable: new Map() };
  readonly #stop = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  #token: string | undefined;
  #loop: Promise<void> | undefined;

  constructor(probe: Probe, clock: Clock) {
    this.#probe = probe;
    this.#clock = clock;
  }

  start(targets: ProbeTargets): void {
    this.#loop = this.#send(targets);
  }

  /** Sends no more and gives up what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#pending);
  }

  /** What was answered in `[startMs, endMs)`, to the second. */
  counts(arm: Arm, startMs: number, endMs: number): ProbeCounts {
    let [requests, errors] = [0, 0];
    for (let second = Math.ceil(startMs / SECOND_MS); second * SECOND_MS < endMs; second++) {
      const counted = this.#counted[arm].get(second);
      requests += counted?.requests ?? 0;
      errors += counted?.errors ?? 0;
    }
    return { requests, errors };
  }

  async #send(targets: ProbeTargets): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      for (const arm of ['canary', 'stable'] as const) {
        const asked = this.#ask(arm, targets).finally(() => this.#pending.delete(asked));
        this.#pending.add(asked);
      }
      await this.#clock.sleep(this.#probe.intervalMs, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async #ask(arm: Arm, targets: ProbeTargets): Promise<void> {
    const status = await this.#get(new URL(this.#probe.path, targets[arm]));
    if (this.#stop.signal.aborted) return;
    if (status === 401 || status === 403) {
      this.#token = await targets.token();
      return;
    }
    const second = Math.floor(this.#clock.nowMs() / SECOND_MS);
    const before = this.#counted[arm].get(second) ?? { requests: 0, errors: 0 };
    const failed = status === undefined || status >= 500;
    this.#counted[arm].set(second, {
      requests: before.requests + 1,
      errors: before.errors + (failed ? 1 : 0),
    });
  }

  /** The status of the answer; `undefined` without one. */
  async #get(url: URL): Promise<number | undefined> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { 'user-agent': USER_AGENT, ...authorization },
        signal,
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }
}
