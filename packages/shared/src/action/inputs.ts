import { parseDuration } from './duration.ts';
import { ActionError } from './errors.ts';
import { parseShare } from './share.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Problem = { input: string; given: string; accepted: string };
type Range = { min?: number; max?: number };

const PREFIX = 'INPUT_';

/** The variable in which the runner hands an input over: upper case, spaces as `_`, dashes as they are. */
function variableOf(name: string): string {
  return `${PREFIX}${name.replace(/ /g, '_').toUpperCase()}`;
}

function quoted(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ');
  return `"${line.length > 80 ? `${line.slice(0, 77)}…` : line}"`;
}

/** Levenshtein's distance, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(
        Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Reads the inputs of an action to their real types. Empty is absent. Problems are collected, so that `finish` can
 * report all of them in one error; until then a getter answers `undefined` for a malformed value.
 */
export class InputReader {
  readonly #env: Env;
  readonly #known = new Set<string>();
  readonly #problems: Problem[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  /** The trimmed value. */
  text(name: string): string | undefined {
    return this.multiline(name)?.trim();
  }

  /** The value as given, for texts in which white space matters. */
  multiline(name: string): string | undefined {
    this.#known.add(name);
    const value = this.#env[variableOf(name)];
    return value === undefined || value.trim() === '' ? undefined : value;
  }

  /** The trimmed value; absent is a problem, and then the answer is the empty text. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) this.problem(name, '', 'a value: this input is required');
    return value ?? '';
  }

  /** Milliseconds. */
  duration(name: string, { min = 0 }: { min?: number } = {}): number | undefined {
    return this.#parsed(name, 'a duration such as `90s`, `5m` or `1h`', (text) => {
      const value = parseDuration(text);
      return value !== undefined && value >= min ? value : undefined;
    });
  }

  /** A share from 0 to 1. */
  share(name: string): number | undefined {
    return this.#parsed(name, 'a share such as `0.5%` or `0.005`', parseShare);
  }

  /** A factor of at least 1. */
  ratio(name: string): number | undefined {
    return this.#parsed(name, 'a factor of at least 1, such as `2` or `1.5`', (text) => {
      const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      return value >= 1 ? value : undefined;
    });
  }

  boolean(name: string): boolean | undefined {
    return this.#parsed(name, '`true` or `false`', (text) => {
      if (/^(true|True|TRUE)$/.test(text)) return true;
      return /^(false|False|FALSE)$/.test(text) ? false : undefined;
    });
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const accepted = `one of ${values.map((value) => `\`${value}\``).join(', ')}`;
    return this.#parsed(name, accepted, (text) => values.find((value) => value === text));
  }

  /** Items separated by commas or new lines; empty ones are left out. */
  list(name: string): string[] | undefined {
    return this.text(name)
      ?.split(/[,\n]/)
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  integerList(
    name: string,
    { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range,
  ): number[] | undefined {
    const items = this.list(name);
    if (!items) return undefined;
    const numbers = items.map((item) => (/^-?\d+$/.test(item) ? Number(item) : Number.NaN));
    if (numbers.every((value) => value >= min && value <= max)) return numbers;
    this.problem(name, this.text(name) ?? '', `whole numbers from ${min} to ${max}, separated by commas`);
    return undefined;
  }

  /**
   * `KEY=VALUE` pairs separated by commas or new lines, with the escaping that deploy-cloudrun uses: a backslash before
   * a comma, a backslash or a new line takes it into the value. Values are never repeated in an error.
   */
  pairs(name: string): Record<string, string> | undefined {
    const text = this.multiline(name);
    if (text === undefined) return undefined;
    const pairs: Record<string, string> = {};
    for (const [index, item] of splitPairs(text).entries()) {
      const at = item.indexOf('=');
      const key = item.slice(0, at).trim();
      if (at < 1 || key === '')
        this.problem(name, `item ${index + 1}`, '`KEY=VALUE` pairs separated by commas or new lines');
      else if (key in pairs) this.problem(name, key, 'each key once');
      else pairs[key] = item.slice(at + 1).trim();
    }
    return pairs;
  }

  /** Adds a problem that the caller found, such as two inputs that contradict each other. */
  problem(input: string, given: string, accepted: string): void {
    this.#problems.push({ input, given, accepted });
  }

  /** Throws one error with every problem, unknown inputs included. */
  finish(): void {
    const problems = [...this.#problems, ...this.#unknown()];
    if (problems.length === 0) return;
    const lines = problems.map(
      ({ input, given, accepted }) =>
        `\`${input}\` is ${given === '' ? 'empty' : quoted(given)}, but takes ${accepted}`,
    );
    throw new ActionError({
      what:
        lines.length === 1
          ? `An input is wrong: ${lines[0]}`
          : `${lines.length} inputs are wrong: ${lines.join('; ')}`,
      state: 'Nothing was changed',
      next: "Correct the step's `with:`",
    });
  }

  #unknown(): Problem[] {
    const known = new Map([...this.#known].map((name) => [variableOf(name), name]));
    return Object.keys(this.#env)
      .filter((variable) => variable.startsWith(PREFIX) && !known.has(variable) && this.#env[variable] !== '')
      .map((variable) => {
        const input = variable.slice(PREFIX.length).toLowerCase();
        const closest = [...this.#known].toSorted((a, b) => distance(input, a) - distance(input, b))[0];
        return {
          input,
          given: 'set',
          accepted: `no value: there is no such input${closest ? ` (did you mean \`${closest}\`?)` : ''}`,
        };
      });
  }

  #parsed<T>(name: string, accepted: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) this.problem(name, text, accepted);
    return value;
  }
}

function splitPairs(text: string): string[] {
  const items: string[] = [];
  let item = '';
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    const next = text[i + 1];
    if (letter === '\\' && (next === ',' || next === '\\' || next === '\n')) {
      item += next;
      i += 1;
    } else if (letter === ',' || letter === '\n') {
      items.push(item);
      item = '';
    } else {
      item += letter;
    }
  }
  return [...items, item].filter((each) => each.trim() !== '');
}
