import { grpcCodeOf } from './grpc-codes.ts';

/** The three things every error must tell a user. Each a sentence, whose full stop may be left out, or a list. */
export type ErrorParts = {
  /** What happened. */
  what: string;
  /** What was left in which state. */
  state: string;
  /** What to do next. */
  next: string;
  /** Where in the repository the annotation belongs. */
  place?: { file: string; startLine: number };
  cause?: unknown;
};

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** An error for a user: its message is shown as it is, its cause goes to the debug log only. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  readonly place: ErrorParts['place'];

  constructor({ what, state, next, place, cause }: ErrorParts) {
    const happened = sentence(what);
    const rest = `${sentence(state)} ${sentence(next)}`;
    super(
      `${happened}${happened.includes('\n') ? '\n' : ' '}${rest}`,
      cause === undefined ? undefined : { cause },
    );
    this.place = place;
  }
}

/** Longer texts are pages of HTML from a proxy, or a dump: nobody reads on, and annotations end at 4096. */
const MAX_LENGTH = 1000;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}

function describeThrown(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** `fetch` says "fetch failed" and keeps the reason in its cause. */
function causeOf(error: Error): string {
  return error.message === 'fetch failed' && error.cause instanceof Error ? describeError(error.cause) : '';
}

/**
 * One line for anything that was thrown. Errors of Google's clients begin with the name of their code
 * (`PERMISSION_DENIED: …`); an error without a message, as Node's for a refused connection, is told by its code.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(describeThrown(error));
  const cause = causeOf(error);
  if (cause) return oneLine(`${error.message}: ${cause}`);
  const code = grpcCodeOf(error);
  // grpc-js prefixes its messages with number and name of the code.
  const text = error.message.replace(/^\d+ ([A-Z_]+): /, (prefix, name) => (name === code ? '' : prefix));
  if (code) return oneLine(text.startsWith(code) ? text : `${code}: ${text}`);
  if (text) return oneLine(text);
  return oneLine('code' in error ? String(error.code) : error.name);
}
