import { closestName } from './closest.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { ActionError } from './errors.ts';
import { type PairProblem, parseLines, parsePairs } from './pairs.ts';
import { parseShare } from './share.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Range = { min?: number; max?: number };

const PREFIX = 'INPUT_';
const MAX_SHOWN = 100;

/** The variable in which the runner hands an input over: upper case, spaces as `_`, dashes as they are. */
function variableOf(name: string): string {
  return `${PREFIX}${name.replace(/ /g, '_').toUpperCase()}`;
}

function shown(given: string): string {
  const line = given.replace(/\s+/g, ' ').trim();
  if (line === '') return 'is empty';
  return `is \`${line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN - 1)}…` : line}\``;
}

function within(value: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range) {
  return value >= min && value <= max;
}

/** `, from 1 to 100`, `, at least 1s`, or nothing. */
function describeRange({ min, max }: Range, show: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return `, from ${show(min)} to ${show(max)}`;
  if (min !== undefined) return `, at least ${show(min)}`;
  return max === undefined ? '' : `, at most ${show(max)}`;
}

function parseInteger(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

const PAIR_PROBLEMS: Readonly<Record<PairProblem['problem'], string>> = {
  'no-key': 'has no key before its `=`',
  'no-value': 'has no `=`',
  'unfinished-escape': 'ends in a lone backslash (a backslash is written `\\\\`)',
  'unfinished-quote': 'begins with a quote and does not end with one (a quote inside it is written twice)',
  twice: 'gives a key that an earlier one has given',
};

/**
 * Reads the inputs of an action to their real types. Empty is absent, and then every method answers `undefined`, as it
 * does for a malformed value. Problems are collected, so that `finish` can report all of them in one error. Every
 * input of the action must be read before `finish`: one that is set and was not read is reported as unknown.
 */
export class InputReader {
  readonly #env: Env;
  readonly #known = new Set<string>();
  readonly #problems: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  /** One line of text, trimmed. */
  text(name: string): string | undefined {
    return this.#parsed(name, 'one line of text', (text) => (/[\r\n]/.test(text) ? undefined : text));
  }

  /** As `text`; absent is a problem, and then the answer is the empty text. */
  requiredText(name: string): string {
    const given = this.#raw(name);
    if (given === undefined) this.#problems.push(`\`${name}\` is required and was not given`);
    return this.text(name) ?? '';
  }

  /** A text of any number of lines, for YAML and the like: the indentation of its first line is kept. */
  multiline(name: string): string | undefined {
    return this.#raw(name)
      ?.replace(/^(?:[^\S\n]*\n)+/, '')
      .trimEnd();
  }

  /** Milliseconds; so are the limits. */
  duration(name: string, range: Range = {}): number | undefined {
    const accepted = `a duration such as \`90s\`, \`5m\` or \`1h30m\`${describeRange(range, formatDuration)}`;
    return this.#parsed(name, accepted, (text) => {
      const durationMs = parseDuration(text);
      return durationMs !== undefined && within(durationMs, range) ? durationMs : undefined;
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

  integer(name: string, range: Range = {}): number | undefined {
    return this.#parsed(name, `a whole number${describeRange(range, String)}`, (text) => {
      const value = parseInteger(text);
      return value !== undefined && within(value, range) ? value : undefined;
    });
  }

  /** The booleans of YAML 1.2's core schema, as @actions/core reads them. */
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

  pattern(name: string, pattern: RegExp, accepted: string): string | undefined {
    return this.#parsed(name, accepted, (text) => (pattern.test(text) ? text : undefined));
  }

  /** Items separated by commas or line ends, trimmed; a comma inside an item is written `\,`. Empty ones are left out. */
  list(name: string): string[] | undefined {
    return this.#raw(name)
      ?.split(/(?<!\\),|[\r\n]/)
      .map((item) => item.trim().replaceAll('\\,', ','))
      .filter((item) => item !== '');
  }

  integerList(name: string, range: Range = {}): number[] | undefined {
    const items = this.list(name);
    if (!items) return undefined;
    const numbers = items.map(parseInteger).filter((value) => value !== undefined && within(value, range));
    if (numbers.length === items.length) return numbers.filter((value) => value !== undefined);
    const accepted = `whole numbers separated by commas${describeRange(range, String)}`;
    this.problem(name, items.join(', '), accepted);
    return undefined;
  }

  /** `KEY=VALUE` pairs; see `parsePairs`. They may hold secrets, so an error tells the place of an entry only. */
  pairs(name: string): Record<string, string> | undefined {
    const given = this.#raw(name);
    if (given === undefined) return undefined;
    return this.#checked(
      name,
      parsePairs(given),
      '`KEY=VALUE` pairs, separated by commas or line ends; either one inside a value has a backslash before it',
    );
  }

  /**
   * One `KEY=VALUE` a line, with values as they are; see `parseLines`. A key that stands alone has the value of this
   * step's environment variable, as with docker's `--build-arg`.
   */
  lines(name: string): Record<string, string> | undefined {
    const given = this.#raw(name);
    if (given === undefined) return undefined;
    return this.#checked(
      name,
      parseLines(given, (key) => this.#env[key]),
      'one `KEY=VALUE` a line, in double quotes where it has several lines, or `KEY` alone for the environment variable of that name',
    );
  }

  #checked(name: string, { pairs, problems }: ReturnType<typeof parsePairs>, accepted: string) {
    for (const { entry, problem } of problems) {
      this.#problems.push(`\`${name}\`: entry ${entry} ${PAIR_PROBLEMS[problem]}; accepted: ${accepted}`);
    }
    return pairs;
  }

  /**
   * Adds a problem that the caller found, such as two inputs that contradict each other.
   * @param given what to show of the value; never a secret
   * @param accepted completes "accepted: …"
   */
  problem(name: string, given: string, accepted: string): void {
    this.reject(name, `${shown(given)}; accepted: ${accepted}`);
  }

  /** As `problem`, where the value is not what is wrong, or must not be shown. */
  reject(name: string, why: string): void {
    this.#problems.push(`\`${name}\` ${why}`);
  }

  /** Throws one ActionError that tells every problem, unknown inputs included. */
  finish(): void {
    const problems = [...this.#problems, ...this.#unknown()];
    if (problems.length === 0) return;
    throw new ActionError({
      what:
        problems.length === 1
          ? `An input is wrong: ${problems[0]}`
          : `${problems.length} problems with the inputs:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
      state: 'Nothing was changed',
      next: 'Correct the `with:` block of this step',
    });
  }

  /** The runner hands over inputs that `action.yml` does not declare as well, with no more than a warning. */
  #unknown(): string[] {
    const known = new Set([...this.#known].map(variableOf));
    return Object.entries(this.#env)
      .filter(([variable, value]) => variable.startsWith(PREFIX) && !known.has(variable) && value?.trim())
      .map(([variable]) => {
        const name = variable.slice(PREFIX.length).toLowerCase();
        const closest = closestName(name, this.#known);
        return `\`${name}\` is not an input of this action${closest ? `; did you mean \`${closest}\`?` : ''}`;
      });
  }

  #raw(name: string): string | undefined {
    this.#known.add(name);
    const value = this.#env[variableOf(name)];
    return value === undefined || value.trim() === '' ? undefined : value;
  }

  #parsed<T>(name: string, accepted: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.#raw(name)?.trim();
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) this.problem(name, text, accepted);
    return value;
  }
}
