import type { Json } from './schema.ts';
import { textOf } from './template.ts';

/** Shorter ones are no secrets, and taking them out would make every text unreadable. */
const SHORTEST = 4;
/** JSON Web Tokens are secrets whoever named them or not. */
const JWT = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g;
const PLAIN = new Set(['true', 'false', 'null']);

/** The forms in which a secret comes back in an answer or an address. */
function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  // A server may send half a character, which has no place in a URL.
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [secret, json, encoded, encoded.replaceAll('%20', '+'), Buffer.from(secret).toString('base64')];
}

/** A secret of several lines is one for each of them, as the runner sees it: a log has lines. */
function linesOf(secret: string): string[] {
  return secret.split(/[\r\n]+/).map((line) => line.trim());
}

function leaves(value: Json): string[] {
  if (value === null || typeof value !== 'object') return [textOf(value)];
  return Object.values(value).flatMap((child: Json) => leaves(child));
}

/** Takes secrets out of what is shown or written. The runner does that with the log alone, not with files. */
export class Masks {
  readonly #onSecret: (secret: string) => void;
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** @param onSecret is told every new secret, before it can be shown: the runner wants to know them, too */
  constructor(onSecret: (secret: string) => void = () => {}) {
    this.#onSecret = onSecret;
  }

  /** Of a list or a mapping, every value in it. */
  add(value: Json): void {
    for (const secret of leaves(value).flatMap((text) => [text, ...linesOf(text)])) {
      if (secret.length < SHORTEST || PLAIN.has(secret) || this.#forms.has(secret)) continue;
      this.#onSecret(secret);
      for (const form of formsOf(secret)) this.#forms.add(form);
      this.#pattern = undefined;
    }
  }

  /** The text with `***` in place of every secret; of two that overlap the longer one goes. */
  mask(text: string): string {
    const withoutTokens = text.replace(JWT, '***');
    if (this.#forms.size === 0) return withoutTokens;
    this.#pattern ??= new RegExp(
      [...this.#forms]
        .toSorted((a, b) => b.length - a.length)
        .map((form) => RegExp.escape(form))
        .join('|'),
      'g',
    );
    return withoutTokens.replace(this.#pattern, '***');
  }
}
