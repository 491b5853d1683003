import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { describeError } from '../action/errors.ts';
import { type Problem, problemsOf } from './issues.ts';
import { type Place, placeOf } from './place.ts';

/** What is wrong, and where. */
export type PlacedProblem = Place & { text: string };

type FindPlace = (path: readonly PropertyKey[], at?: 'value' | 'key') => Place;

export type ParsedYaml<T> =
  | { ok: true; value: T; place: FindPlace }
  | { ok: false; problems: readonly PlacedProblem[] };

const MAX_LENGTH = 1024 * 1024;

/** Problems in the order of their places. */
export function placed(problems: readonly Problem[], place: FindPlace): PlacedProblem[] {
  return problems
    .map(({ path, at, text }) => ({ ...place(path, at), text }))
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Reads YAML (JSON is a part of it) and checks it. Whatever is wrong is told with its line and column; nothing throws.
 * @param keys what a misspelt key may have meant
 */
export function parseYaml<T>(text: string, schema: z.ZodType<T>, keys: readonly string[]): ParsedYaml<T> {
  try {
    return parse(text, schema, keys);
  } catch (error) {
    // Nesting beyond the stack, and aliases that unfold without end or point nowhere.
    const problem = { line: 1, column: 1, text: `this cannot be read: ${describeError(error)}` };
    return { ok: false, problems: [problem] };
  }
}

function parse<T>(text: string, schema: z.ZodType<T>, keys: readonly string[]): ParsedYaml<T> {
  if (text.length > MAX_LENGTH) throw new Error('it is longer than 1 MiB');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place: FindPlace = (path, at) => placeOf(document, lines, path, at);
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const hint = text.split('\n')[line - 1]?.includes('${')
      ? '; between braces or brackets, a text with a variable in it needs quotes'
      : '';
    const problem = `this is not YAML: ${error.message.split('\n')[0]}${hint}`;
    return { ok: false, problems: [{ line: Math.max(1, line), column: Math.max(1, col), text: problem }] };
  }
  const checked = schema.safeParse(document.toJS());
  if (checked.success) return { ok: true, value: checked.data, place };
  return { ok: false, problems: placed(problemsOf(checked.error.issues, keys), place) };
}
