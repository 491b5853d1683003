import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { describeError } from '../action/errors.ts';
import { type Problem, problemsOf } from './issues.ts';
import { type Place, placeAt, placeOf } from './place.ts';
import { excerpt } from './plain.ts';

/** What is wrong, and where. */
export type PlacedProblem = Place & { text: string };

type FindPlace = (path: readonly PropertyKey[], at?: 'value' | 'key') => Place;

type ParsedYaml<T> =
  | { ok: true; value: T; place: FindPlace }
  | { ok: false; problems: readonly PlacedProblem[] };

const MAX_LENGTH = 1024 * 1024;

/** Problems in the order of their places. */
export function placed(problems: readonly Problem[], place: FindPlace): PlacedProblem[] {
  return problems
    .map(({ path, at, text }) => ({ ...place(path, at), text: excerpt(text) }))
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
    // Nesting beyond the stack, and aliases that unfold to more than the memory holds.
    const problem = { line: 1, column: 1, text: excerpt(`this cannot be read: ${describeError(error)}`) };
    return { ok: false, problems: [problem] };
  }
}

type Oddity = { offset: number; text: string };

/** What YAML knows and JSON does not: aliases within what they stand for, or without it. And the key that JavaScript gives a meaning to. */
function oddityOf(document: Document.Parsed): Oddity | undefined {
  const anchors = new Map<string, Node>();
  let oddity: Oddity | undefined;
  const stop = (node: Node, text: string) => {
    oddity = { offset: node.range?.[0] ?? 0, text };
    return visit.BREAK;
  };
  visit(document, {
    Alias(key, node, path) {
      const target = anchors.get(node.source);
      if (!target) return stop(node, `there is no \`&${node.source}\` before this`);
      if (key === 'key' && !isScalar(target)) return stop(node, 'a key must be a text');
      return path.includes(target) ? stop(node, `this is inside what it stands for`) : undefined;
    },
    Value(key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (key !== 'key') return undefined;
      // It would be written out as the text of a key, in a time that doubles with every level.
      if (!isScalar(node)) return stop(node, 'a key must be a text, not a list or a mapping');
      return node.value === '__proto__' ? stop(node, '`__proto__` cannot be a key') : undefined;
    },
  });
  return oddity;
}

function parse<T>(source: string, schema: z.ZodType<T>, keys: readonly string[]): ParsedYaml<T> {
  if (source.length > MAX_LENGTH) throw new Error('it is longer than 1 MiB');
  // No editor counts the mark among the columns.
  const text = source.replace(/^\ufeff/, '');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place: FindPlace = (path, at) => placeOf(document, lines, path, at);
  const [error] = document.errors;
  if (error) {
    const start = placeAt(lines, error.pos[0]);
    const hint = text.split('\n')[start.line - 1]?.includes('${')
      ? '; between braces or brackets, a text with a variable in it needs quotes'
      : '';
    const problem = excerpt(`this is not YAML: ${error.message.split('\n')[0]}${hint}`);
    return { ok: false, problems: [{ ...start, text: problem }] };
  }
  const oddity = oddityOf(document);
  if (oddity) {
    return { ok: false, problems: [{ ...placeAt(lines, oddity.offset), text: excerpt(oddity.text) }] };
  }
  const checked = schema.safeParse(document.toJS());
  if (checked.success) return { ok: true, value: checked.data, place };
  return { ok: false, problems: placed(problemsOf(checked.error.issues, keys), place) };
}
