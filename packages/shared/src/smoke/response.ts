import type { IncomingHttpHeaders } from 'node:http';
import { describeError } from '../action/errors.ts';
import { excerpt } from './plain.ts';
import type { Json } from './schema.ts';

export type Response = {
  status: number;
  headers: IncomingHttpHeaders;
  /** Decoded from its content coding. */
  body: Buffer;
  /** From the first byte sent to the last one received, redirects included. */
  durationMs: number;
};

/** A header's value; one that came several times is joined by commas, as HTTP means it. */
export function headerOf({ headers }: Pick<Response, 'headers'>, name: string): string | undefined {
  const key = name.toLowerCase();
  const value = Object.hasOwn(headers, key) ? headers[key] : undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

function charsetOf(response: Response): string {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headerOf(response, 'content-type') ?? '')?.[1] ?? 'utf-8';
}

/** The body as text. A charset that nobody knows is read as UTF-8, as browsers do. */
export function textOfBody(response: Response): string {
  const charset = charsetOf(response);
  try {
    return new TextDecoder(charset).decode(response.body);
  } catch {
    return new TextDecoder().decode(response.body);
  }
}

/** Well within the stack of what walks through a body. */
export const DEEPEST = 500;

function isDeeper(json: Json, depth: number): boolean {
  let level = [json];
  for (let left = depth; left > 0 && level.length > 0; left -= 1) {
    level = level.flatMap((value) =>
      value !== null && typeof value === 'object' ? Object.values(value) : [],
    );
  }
  return level.length > 0;
}

/** Without the piece of the body that V8 cites: it may be half a secret, and the excerpt has it masked. */
function whyNoJson(error: SyntaxError): string {
  const why = error.message.replace(/,? ?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '');
  return describeError(why || 'it has no meaning in JSON');
}

type Parsed = { ok: true; json: Json } | { ok: false; why: string };

/** An answer is looked at by its expectations, for health, and for each capture. */
const parsed = new WeakMap<Response, Parsed>();

export function jsonOfBody(response: Response): Parsed {
  const known = parsed.get(response) ?? parse(response);
  parsed.set(response, known);
  return known;
}

/** JSON is UTF-8, whatever the charset says (https://www.rfc-editor.org/rfc/rfc8259#section-8.1). */
function parse(response: Response): Parsed {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(response.body);
    const json: Json = JSON.parse(text);
    // A bracket to open and one to close: shorter texts are not that deep.
    const isDeep = text.length > 2 * DEEPEST && isDeeper(json, DEEPEST);
    return isDeep ? { ok: false, why: `it is nested more than ${DEEPEST} deep` } : { ok: true, json };
  } catch (error) {
    return { ok: false, why: error instanceof SyntaxError ? whyNoJson(error) : 'it is not UTF-8' };
  }
}

/** Enough for an excerpt, whatever white space and secrets are taken out; all of a long body would take long to mask. */
const MOST_LOOKED_AT = 100_000;
/** No longer ones are captured, and GitHub's own end at 48 KB. */
const LONGEST_SECRET = 64 * 1024;

/**
 * The beginning of the body, in one line, without control characters.
 * @param mask takes secrets out, before a cut could leave half of one
 */
export function excerptOf(response: Response, mask: (text: string) => string): string {
  const whole = textOfBody(response);
  const text = whole.slice(0, MOST_LOOKED_AT);
  if (text.includes('\0')) return `${response.body.length} bytes that are not text`;
  const masked = mask(text);
  // At the end of what was looked at may be the beginning of a secret.
  const shown = whole.length > MOST_LOOKED_AT ? masked.slice(0, -LONGEST_SECRET) : masked;
  return excerpt(shown.replace(/\s+/g, ' ').trim());
}
