import { JSONPathEnvironment } from 'json-p3';
import { parseDocument } from 'yaml';
import { describeError } from '../action/errors.ts';
import type { Capture, Check, Expectations, Fits, JsonPath, Matcher, RequestBody } from './check.ts';
import { milliseconds } from './durations.ts';
import type { Problem } from './issues.ts';
import { compileSchema } from './json-schema.ts';
import { DEEPEST } from './response.ts';
import { documentSchema, type Json, type JsonMatcher, KEYS, type RawCheck, type RawEntry } from './schema.ts';
import { conditionProblem, referencesOf } from './template.ts';
import { type PlacedProblem, parseYaml, placed } from './yaml.ts';

export type Parsed =
  | {
      ok: true;
      checks: readonly Check[];
      /** The variables that requests and expectations refer to. */
      used: ReadonlySet<string>;
    }
  | { ok: false; problems: readonly PlacedProblem[] };

type ParseOptions = {
  /** The text of the file that `expect.schema` names; throws where there is none. */
  readFile: (path: string) => string;
  /** The variables that have a value from the start. */
  variables: ReadonlySet<string>;
};

/** Reads checks. Whatever is wrong is told with its line and column, all of it at once; nothing throws. */
export function parseChecks(text: string, options: ParseOptions): Parsed {
  const parsed = parseYaml(text, documentSchema, KEYS);
  if (!parsed.ok) return parsed;
  const { value, place } = parsed;
  const entries = entriesOf(value);
  const problems: Problem[] = [];
  const known = new Set(options.variables);
  const used = new Set<string>();
  const checks = entries.map(({ entry, path }) => {
    const check = new Compiler(path, options, problems).check(entry, place(path).line);
    problems.push(...referenceProblems(entry, path, known, used));
    for (const name of Object.keys(check.capture)) known.add(name);
    return check;
  });
  problems.push(...doubles(checks, entries));
  return problems.length > 0 ? { ok: false, problems: placed(problems, place) } : { ok: true, checks, used };
}

/** Of a reference that was not closed, whose end is the text's. */
const MOST_SHOWN = 50;

type Entry = { entry: RawEntry; path: readonly PropertyKey[] };

function entriesOf(document: ReturnType<typeof documentSchema.parse>): Entry[] {
  if (Array.isArray(document)) return document.map((entry, i) => ({ entry, path: [i] }));
  if (typeof document === 'object' && 'checks' in document) {
    return document.checks.map((entry, i) => ({ entry, path: ['checks', i] }));
  }
  return [{ entry: document, path: [] }];
}

/** Results, weights and figures go by name. */
function doubles(checks: readonly Check[], entries: readonly Entry[]): Problem[] {
  const seen = new Set<string>();
  return checks.flatMap(({ name }, i) => {
    const first = !seen.has(name);
    seen.add(name);
    const path = entries[i]?.path ?? [];
    return first
      ? []
      : [
          {
            path,
            at: 'value' as const,
            text: `an earlier check is named "${name}" as well; give this one another \`name\``,
          },
        ];
  });
}

/** Its own limit of 50 is an error, and bodies are read to a depth of their own. */
const JSON_PATHS = new JSONPathEnvironment({ maxRecursionDepth: DEEPEST + 1 });

/** Whether the text at a path of a check may refer to variables: neither names, patterns, paths nor schemas do. */
function isTemplate([key, part, ...inner]: readonly PropertyKey[]): boolean {
  if (key !== 'expect') return key !== 'name' && key !== 'when' && key !== 'capture';
  const condition = part === 'body' ? inner[0] : inner[1];
  return part !== 'schema' && condition !== 'matches' && condition !== 'type';
}

/** The texts of a check that may refer to variables, and where in it they stand. */
function templatesOf(
  value: unknown,
  path: readonly PropertyKey[] = [],
): { text: string; path: PropertyKey[] }[] {
  if (!isTemplate(path)) return [];
  if (typeof value === 'string') return [{ text: value, path: [...path] }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, child]) => templatesOf(child, [...path, key]));
}

const ESCAPE = 'a literal `${` is written `$${`';

function malformed(text: string, path: readonly PropertyKey[]): Problem[] {
  return referencesOf(text).malformed.map((inner) => ({
    path,
    at: 'value',
    text: `\`\${${inner.slice(0, MOST_SHOWN)}\` is not the beginning of a reference to a variable, such as \`\${token}\`; ${ESCAPE}`,
  }));
}

/** @param used gets the names that the check refers to */
function referenceProblems(
  entry: RawEntry,
  path: readonly PropertyKey[],
  known: ReadonlySet<string>,
  used: Set<string>,
): Problem[] {
  const when = typeof entry === 'string' ? undefined : entry.when;
  const ofTemplates = templatesOf(entry).flatMap(({ text, path: inner }) => {
    const { names } = referencesOf(text);
    for (const name of names) used.add(name);
    const here = [...path, ...inner];
    return [
      ...names
        .filter((name) => !known.has(name))
        .map((name) => ({
          path: here,
          at: 'value' as const,
          text: `\`\${${name}}\` is neither a variable nor captured by an earlier check; ${ESCAPE}`,
        })),
      ...malformed(text, here),
    ];
  });
  // A name without a value is the empty text there.
  const inWhen = [...path, 'when'];
  const problem = when === undefined ? undefined : conditionProblem(when);
  return [
    ...ofTemplates,
    ...malformed(when ?? '', inWhen),
    ...(problem ? [{ path: inWhen, at: 'value' as const, text: `this must be ${problem}` }] : []),
  ];
}

/** Turns what the schema accepted into what is run, and notes what only shows then. */
class Compiler {
  readonly #path: readonly PropertyKey[];
  readonly #options: ParseOptions;
  readonly #problems: Problem[];

  constructor(path: readonly PropertyKey[], options: ParseOptions, problems: Problem[]) {
    this.#path = path;
    this.#options = options;
    this.#problems = problems;
  }

  check(entry: RawEntry, line: number): Check {
    const raw: RawCheck = typeof entry === 'string' ? { request: entry } : entry;
    const [method = '', path = ''] = raw.request.split(' ');
    return {
      name: raw.name ?? raw.request,
      line,
      method,
      path,
      headers: texts(raw.headers ?? {}),
      body: bodyOf(raw),
      expect: this.#expectations(raw),
      capture: Object.fromEntries(
        Object.entries(raw.capture ?? {}).map(([name, from]) => [name, this.#capture(name, from)]),
      ),
      retry: retryOf(raw.retry),
      when: raw.when,
      weight: raw.weight,
    };
  }

  #expectations({ expect = {} }: RawCheck): Expectations {
    const { status = '2xx', json = {}, headers = {}, body, schema, duration } = expect;
    return {
      statuses: [status].flat().map(String),
      json: Object.entries(json).map(([path, raw]) => ({
        path: this.#jsonPath(path, ['expect', 'json', path], 'key'),
        matcher: matcherOf(raw),
      })),
      headers: Object.entries(headers).map(([name, raw]) => ({
        name: name.toLowerCase(),
        matcher: matcherOf(raw),
      })),
      body: body === undefined ? undefined : matcherOf(body),
      schema: schema === undefined ? undefined : this.#schema(schema),
      durationMs: duration === undefined ? undefined : milliseconds(duration),
    };
  }

  #capture(name: string, raw: NonNullable<RawCheck['capture']>[string]): Capture {
    if (typeof raw === 'string') {
      return { from: 'json', path: this.#jsonPath(raw, ['capture', name], 'value') };
    }
    if ('header' in raw) return { from: 'header', name: raw.header.toLowerCase() };
    return { from: 'body', pattern: new RegExp(raw.matches, 'u') };
  }

  /** `user.email` and `[0].id` are short for `$.user.email` and `$[0].id`. */
  #jsonPath(text: string, path: readonly PropertyKey[], at: Problem['at']): JsonPath {
    const whole = text.startsWith('$') ? text : `$${text.startsWith('[') ? '' : '.'}${text}`;
    try {
      return { text, query: JSON_PATHS.compile(whole) };
    } catch (error) {
      const why = `\`${text}\` is not a path (RFC 9535): ${describeError(error)}; a key with other characters is written \`['my-key']\``;
      this.#problem(path, at, why);
      return { text, query: JSON_PATHS.compile('$') };
    }
  }

  #schema(raw: string | Readonly<Record<string, Json>>): Fits {
    try {
      return compileSchema(typeof raw === 'string' ? parsedSchema(this.#options.readFile(raw)) : raw);
    } catch (error) {
      this.#problem(
        ['expect', 'schema'],
        'value',
        `this JSON Schema cannot be used: ${describeError(error)}`,
      );
      return () => [];
    }
  }

  #problem(path: readonly PropertyKey[], at: Problem['at'], text: string): void {
    this.#problems.push({ path: [...this.#path, ...path], at, text });
  }
}

function parsedSchema(text: string): Record<string, unknown> {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new Error(`the file is neither JSON nor YAML: ${error.message}`);
  const schema: unknown = document.toJS();
  if (schema !== null && typeof schema === 'object' && !Array.isArray(schema)) return { ...schema };
  throw new Error('the file holds no mapping');
}

function texts(values: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function bodyOf({ json, form, body }: RawCheck): RequestBody | undefined {
  if (json !== undefined) return { kind: 'json', json };
  if (form !== undefined) return { kind: 'form', fields: texts(form) };
  return body === undefined ? undefined : { kind: 'text', text: String(body) };
}

function matcherOf(raw: JsonMatcher | Exclude<Json, object> | Json[]): Matcher {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return { equals: raw };
  return { ...raw, matches: raw.matches === undefined ? undefined : new RegExp(raw.matches, 'u') };
}

function retryOf(raw: RawCheck['retry']): Check['retry'] {
  if (raw === undefined) return undefined;
  const { for: length, every = '1s' } = typeof raw === 'string' ? { for: raw } : raw;
  return { forMs: milliseconds(length), everyMs: milliseconds(every) };
}
