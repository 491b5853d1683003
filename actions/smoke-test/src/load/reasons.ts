import { describeError } from '@apex-actions/shared/action/errors';

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found',
  UND_ERR_SOCKET: 'connection closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'body is not as long as content-length says',
  UND_ERR_HEADERS_OVERFLOW: 'headers are too long',
};

/** Why there was no answer, in a few words that are the same for the same cause. */
export function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return BY_CODE[code] ?? describeError(error);
}

const KEPT = 100;
const SHOWN = 10;
const OTHER = 'other reasons';

/** Counts reasons; a service that gives a new one each time fills neither the memory nor the log. */
export class Reasons {
  readonly #counts = new Map<string, number>();

  record(reason: string, times = 1): void {
    const known = this.#counts.has(reason) || this.#counts.size < KEPT;
    const kept = known ? reason : OTHER;
    this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + times);
  }

  add(other: Reasons): void {
    for (const [reason, count] of other.#counts) this.record(reason, count);
  }

  /** The most frequent first, at most ten. */
  list(): { reason: string; count: number }[] {
    return [...this.#counts]
      .map(([reason, count]) => ({ reason, count }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, SHOWN);
  }
}
