import type { Clock } from '../action/clock.ts';

type LatestOptions<T> = {
  clock: Clock;
  /** What makes two values the same news. */
  keyOf: (value: T) => string;
  /** How long to be silent after so many sendings. Milliseconds, or infinite. */
  pauseMs: (sent: number) => number;
  /** Sends one. When it throws, what waits stays until the next offer. */
  send: (value: T) => Promise<void>;
};

/**
 * Sends values one after the other, in the background. While one is on its way, or it is too early for another, only the
 * newest is kept; one that says what the last one said is not sent. `offer` never waits and never throws.
 */
export class Latest<T> {
  readonly #options: LatestOptions<T>;
  readonly #closed = new AbortController();
  #waiting: { value: T } | undefined;
  #lastKey: string | undefined;
  #sent = 0;
  #quietUntilMs = 0;
  #running: Promise<void> = Promise.resolve();
  #active = false;

  constructor(options: LatestOptions<T>) {
    this.#options = options;
  }

  /** Nothing is sent before that; the newest value is kept. */
  quietUntil(atMs: number): void {
    this.#quietUntilMs = Math.max(this.#quietUntilMs, atMs);
  }

  offer(value: T): void {
    if (this.#closed.signal.aborted) return;
    if (this.#options.keyOf(value) === this.#lastKey) {
      this.#waiting = undefined;
      return;
    }
    this.#waiting = { value };
    if (this.#active) return;
    this.#active = true;
    // A rejection that nobody handles would end the process.
    this.#running = this.#run().catch(() => undefined);
  }

  /** Drops what waits; resolves when what is on its way has come to its end. */
  close(): Promise<void> {
    this.#closed.abort();
    this.#waiting = undefined;
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting && this.#quietUntilMs < Number.POSITIVE_INFINITY) await this.#next();
    } finally {
      this.#active = false;
    }
  }

  async #next(): Promise<void> {
    const { clock, keyOf, pauseMs, send } = this.#options;
    const waitMs = this.#quietUntilMs - clock.nowMs();
    if (waitMs > 0) await clock.sleep(waitMs, this.#closed.signal).catch(() => undefined);
    if (!this.#waiting) return;
    const { value } = this.#waiting;
    this.#waiting = undefined;
    this.#lastKey = keyOf(value);
    await send(value);
    this.#sent++;
    this.quietUntil(clock.nowMs() + pauseMs(this.#sent));
  }
}
