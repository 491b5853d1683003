import { Status } from 'google-gax';

/** The three things every error must tell a user. Each a sentence without its full stop. */
export type ErrorParts = {
  /** What happened. */
  what: string;
  /** What was left in which state. */
  state: string;
  /** What to do next. */
  next: string;
  cause?: unknown;
};

/** An error for a user. The cause goes to the debug log only. */
export class ActionError extends Error {
  override name = 'ActionError';

  constructor({ what, state, next, cause }: ErrorParts) {
    super(`${what}. ${state}. ${next}.`, cause === undefined ? undefined : { cause });
  }
}

function codeName(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  return typeof code === 'number' ? Status[code] : undefined;
}

/** One line for any error; errors of Google's clients begin with the name of their code, `PERMISSION_DENIED: …`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details: unknown = 'details' in error ? error.details : undefined;
  const text = (typeof details === 'string' && details) || error.message;
  const code = codeName(error);
  const line = code && !text.includes(code) ? `${code}: ${text}` : text;
  return line.replace(/\s*\n\s*/g, ' ');
}
