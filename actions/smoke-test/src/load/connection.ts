import type { IncomingHttpHeaders } from 'node:http';
import { formatDuration } from '@apex-actions/shared/action/duration';
import { describeError } from '@apex-actions/shared/action/errors';
import { decode, MAX_BODY_BYTES, TOO_LONG } from '@apex-actions/shared/smoke/decode';
import { Client, type Dispatcher } from 'undici';
import type { Exchange } from './plan.ts';
import { reasonOf } from './reasons.ts';

/** What became of a request. Times are those of `performance.now()`. */
export type Outcome = {
  name: string;
  /** When its first byte was, on a connection that was there by then. */
  sentMs: number;
  endedMs: number;
  /** `none`: the connection was refused or broke off. */
  answer: 'complete' | 'timed out' | 'none';
  /** Why it counts as an error. */
  failure: string | undefined;
  /** Of the body, as they came. */
  bytes: number;
};

/** Google's front ends keep an idle connection for ten minutes; who says otherwise in `keep-alive` is heard by undici. */
const KEEP_ALIVE_MS = 60_000;
const NOTHING = Buffer.alloc(0);

/** One request on its way. Answers are handled right in undici's callbacks: a promise for each costs a tenth of the rate. */
class Flight implements Dispatcher.DispatchHandler {
  #sentMs = performance.now();
  readonly #exchange: Exchange;
  readonly #land: (outcome: Outcome) => void;
  #landed = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(exchange: Exchange, land: (outcome: Outcome) => void) {
    this.#exchange = exchange;
    this.#land = land;
  }

  onRequestStart(): void {
    this.#sentMs = performance.now();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (!this.#exchange.needsBody) return;
    if (this.#bytes > MAX_BODY_BYTES) {
      controller.abort(new Error(TOO_LONG));
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    const endedMs = performance.now();
    this.end('complete', this.#judge(), endedMs);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const endedMs = performance.now();
    // Not before undici is done with it: what comes next may use the same client.
    setImmediate(() => this.end('none', reasonOf(error), endedMs));
  }

  end(answer: Outcome['answer'], failure: string | undefined, endedMs: number): void {
    if (this.#landed) return;
    this.#landed = true;
    const { name } = this.#exchange;
    this.#land({ name, sentMs: this.#sentMs, endedMs, answer, failure, bytes: this.#bytes });
  }

  #judge(): string | undefined {
    try {
      return this.#exchange.judge({ status: this.#status, headers: this.#headers, body: this.#body() });
    } catch (error) {
      return describeError(error);
    }
  }

  #body(): Buffer {
    if (this.#bytes === 0 || !this.#exchange.needsBody) return NOTHING;
    const body = Buffer.concat(this.#chunks);
    return decode(body, this.#headers['content-encoding']);
  }
}

/** The connection of one user, kept alive from request to request and made anew where it broke off. */
export type Connection = {
  /**
   * Sends a request, the next not before the outcome of the last, and says what became of it, once: within the time-out,
   * and never after `close`, when nothing is sent either. What `judge` throws is a failure like any other.
   */
  send(exchange: Exchange, land: (outcome: Outcome) => void): void;
  close(): void;
};

/**
 * Speaks HTTP/1.1: with one request at a time on each connection HTTP/2 has nothing to gain, and it costs Node three to four
 * times the processor time for each request.
 */
export function connect(origin: URL, timeoutMs: number): Connection {
  const create = () =>
    new Client(origin.origin, {
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The one time-out below covers all of it, to the last byte of the body; this lets go of what never connects.
      connectTimeout: timeoutMs + 1000,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  let client = create();
  let flight: Flight | undefined;
  let closed = false;
  const timer = setTimeout(() => {
    const late = flight;
    if (!late) return;
    void client.destroy();
    client = create();
    late.end('timed out', `no complete answer within ${formatDuration(timeoutMs)}`, performance.now());
  }, timeoutMs);
  return {
    send(exchange, land) {
      // The timer would run again.
      if (closed) return;
      const { method, path, headers, body = null } = exchange;
      timer.refresh();
      flight = new Flight(exchange, (outcome) => {
        flight = undefined;
        if (!closed) land(outcome);
      });
      client.dispatch({ method, path, headers: [...headers], body }, flight);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      void client.destroy();
    },
  };
}
