import type { Json } from './schema.ts';
import { textOf } from './template.ts';

/** Shorter ones are no secrets, and taking them out would make every text unreadable. */
const SHORTEST = 4;
/** JSON Web Tokens are secrets whoever named them or not. */
const JWT = /\b(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)/g;
/** So are texts in JSON under a key that says so, where nobody has captured them. */
const NAMED =
  /(?<="[^"\\]{0,40}(?:token|secret|passw|pwd|api_?key|cookie|session|credential)[^"\\]{0,20}"\s{0,5}:\s{0,5}")((?:[^"\\]|\\.)+)(?=")/gi;
const PLAIN = new Set(['true', 'false', 'null']);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};
const CONTROLS: Readonly<Record<string, string>> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };

/** Hexadecimal digits in either case, as a pattern. */
function hexadecimal(number: number, digits: number): string {
  const padded = number.toString(16).padStart(digits, '0');
  return padded.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

/** Several of them together: each by itself would match in too many ways. Bounded, as all repetitions here, to be fast. */
function backslashes(count: number): string {
  return `(?:\\\\{${count},${8 * count}}|(?:%(?:25){0,4}5[cC]){${count},${8 * count}})`;
}

/**
 * A character of a secret in the forms in which it comes back, as a pattern: as it is, in JSON, in a URL or a form, in HTML and in
 * a JSON Pointer, once or several times over. Software differs in which characters it writes so, therefore each by itself.
 */
function patternOf(character: string): string {
  if (/^[A-Za-z0-9]$/.test(character)) return character;
  if (/^\\+$/.test(character)) return backslashes(character.length);
  const bytes = [...Buffer.from(character)];
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  const [entity, control] = [ENTITIES[character], CONTROLS[character]];
  const forms = [
    ...(character === '/' ? ['~1'] : []),
    ...(character === '~' ? ['~0'] : []),
    `${/["'/]/.test(character) ? '\\\\{0,8}' : ''}${RegExp.escape(character)}`,
    // Half a character, in a text that was written as UTF-8.
    ...(character.isWellFormed() ? [] : ['\ufffd']),
    bytes.map((byte) => `%(?:25){0,4}${hexadecimal(byte, 2)}`).join(''),
    units.map((unit) => `\\\\{1,8}u${hexadecimal(unit, 4)}`).join(''),
    ...(character === ' ' ? ['\\+'] : []),
    ...(control ? [`\\\\{1,8}${control}`] : []),
    ...(entity ? [`&(?:${entity}|#0*${units[0]}|#[xX]0*${hexadecimal(units[0] ?? 0, 2)});`] : []),
  ];
  return `(?:${forms.join('|')})`;
}

/** Base64 in both of its alphabets, of the secret behind none, one or two other characters, as in `user:password`. */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const whole = Math.floor(((before + bytes.length) * 4) / 3);
    const own = before === 0 ? text.replace(/=+$/, '') : text.slice(before + 1, whole);
    return own.length < SHORTEST ? [] : own.replaceAll('+', '[+-]').replaceAll('/', '[/_]');
  });
}

/** Every form of a secret, as patterns. */
function formsOf(secret: string): string[] {
  const characters = secret.match(/\\+|[^\\]/gsu) ?? [];
  return [characters.map(patternOf).join(''), ...base64Of(secret)];
}

/** Longer patterns are too large for V8. */
const LONGEST_PATTERN = 100_000;
const LONGEST_PIECE = 1000;

/** A secret in pieces of about the same length, each of which is one. */
function piecesOf(secret: string): string[] {
  const count = Math.ceil(secret.length / LONGEST_PIECE);
  const length = Math.ceil(secret.length / count);
  return Array.from({ length: count }, (_, i) => secret.slice(i * length, (i + 1) * length));
}

/** What finds all of them, of two that begin at the same place the longer one, also inside of another. */
function patternsOf(secrets: Iterable<string>): RegExp[] {
  const sorted = [...secrets].flatMap(piecesOf).toSorted((a, b) => b.length - a.length);
  const groups: string[][] = [];
  let left = 0;
  for (const form of sorted.flatMap(formsOf)) {
    if (form.length > left) {
      groups.push([]);
      left = LONGEST_PATTERN;
    }
    groups.at(-1)?.push(form);
    left -= form.length;
  }
  return groups.map((forms) => new RegExp(`(?=(${forms.join('|')}))`, 'g'));
}

type Span = { start: number; end: number };

/** Where one of two overlaps the other, they are one. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
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
  readonly #secrets = new Set<string>();
  #patterns: RegExp[] | undefined;

  /** @param onSecret is told every new secret, before it can be shown: the runner wants to know them, too */
  constructor(onSecret: (secret: string) => void = () => {}) {
    this.#onSecret = onSecret;
  }

  /** Of a list or a mapping, every value in it. */
  add(value: Json): void {
    for (const secret of leaves(value).flatMap((text) => [text, ...linesOf(text)])) {
      if (secret.length < SHORTEST || PLAIN.has(secret) || this.#secrets.has(secret)) continue;
      this.#onSecret(secret);
      this.#secrets.add(secret);
      this.#patterns = undefined;
    }
  }

  /** The text with `***` in place of every secret; those that overlap go together. */
  mask(text: string): string {
    this.#patterns ??= [JWT, NAMED, ...patternsOf(this.#secrets)];
    const spans = this.#patterns.flatMap((pattern) =>
      Array.from(text.matchAll(pattern), ({ index, 1: found = '' }) => ({
        start: index,
        end: index + found.length,
      })),
    );
    let masked = '';
    let shown = 0;
    for (const { start, end } of joined(spans)) {
      masked += `${text.slice(shown, start)}***`;
      shown = end;
    }
    return masked + text.slice(shown);
  }
}
