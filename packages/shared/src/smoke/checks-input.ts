import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError } from '../action/errors.ts';
import type { InputReader } from '../action/inputs.ts';
import type { Check } from './check.ts';
import { parseChecks } from './document.ts';
import type { Json } from './schema.ts';
import type { Variables } from './template.ts';
import { secretsOf, variablesOf } from './variables.ts';

/** Checks, what they may refer to, and what of that must not be shown. */
export type CheckSet = { checks: readonly Check[]; variables: Variables; secrets: readonly Json[] };

const MOST_SHOWN = 10;

/** Whether an input holds the checks themselves, the path of a file with them, or either. */
export type How = 'text' | 'file' | 'either';

function isPath(written: string): boolean {
  return !/[\n:{[]/.test(written) && !/^[A-Za-z]+ /.test(written) && !written.startsWith('- ');
}

/**
 * An input with checks: a text, or the path of a file with them. Problems of the text tell line and column.
 * @param given variables beside the environment
 */
export function readChecks(
  reader: InputReader,
  name: string,
  how: How,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): CheckSet | undefined {
  const variables = variablesOf(given, env);
  const written = reader.multiline(name);
  if (written === undefined) return undefined;
  const file = how === 'file' || (how === 'either' && isPath(written)) ? written.trim() : undefined;
  const text = file === undefined ? written : readText(reader, name, how, file);
  if (text === undefined) return undefined;
  const directory = file === undefined ? '.' : dirname(file);
  const parsed = parseChecks(text, {
    readFile: (path) => readFileSync(join(directory, path), 'utf8'),
    variables: new Set(variables.keys()),
  });
  if (parsed.ok) {
    const { checks, used } = parsed;
    return { checks, variables, secrets: secretsOf(used, given, env, variables) };
  }
  for (const { line, column, text } of parsed.problems.slice(0, MOST_SHOWN)) {
    const place = file === undefined ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
    reader.reject(name, `(${place}): ${text}`);
  }
  const more = parsed.problems.length - MOST_SHOWN;
  if (more > 0) reader.reject(name, `has ${more} more problems`);
  return undefined;
}

function readText(reader: InputReader, name: string, how: How, file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const accepted = `${how === 'file' ? '' : 'checks as YAML, or '}the path of a file with checks`;
    reader.problem(name, file, `${accepted} (${describeError(error)})`);
    return undefined;
  }
}
