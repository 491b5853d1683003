/** GitHub's expressions, evaluated as its server and its runner do. */
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** What the status functions answer from. */
export type Status = 'success' | 'failure' | 'cancelled' | 'skipped';
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Contexts = Readonly<Record<string, Value>>;

const CONTEXTS = [
  'github',
  'inputs',
  'vars',
  'secrets',
  'needs',
  'jobs',
  'steps',
  'job',
  'matrix',
  'runner',
  'env',
];
const STATUS_FUNCTIONS = ['success', 'failure', 'cancelled', 'always'];

/** In a job `skipped` is that of what it needs; then neither `success()` nor `failure()` is true. */
function answers(status: Status): Record<string, boolean> {
  return {
    success: status === 'success',
    failure: status === 'failure',
    cancelled: status === 'cancelled',
    always: true,
  };
}

function toData(value: Value): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, each]) => ({ key, value: toData(each) })));
}

function evaluated(expression: string, contexts: Contexts, status: Status): data.ExpressionData {
  const { tokens } = new Lexer(expression).lex();
  const functions = STATUS_FUNCTIONS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }));
  const parsed = new Parser(tokens, CONTEXTS, functions).parse();
  const values = new data.Dictionary(...CONTEXTS.map((key) => ({ key, value: toData(contexts[key] ?? {}) })));
  const implementations = new Map(
    functions.map((each) => [
      each.name,
      { ...each, call: () => new data.BooleanData(answers(status)[each.name] === true) },
    ]),
  );
  return new Evaluator(parsed, values, implementations).evaluate();
}

function inner(text: string): string {
  return /^\s*\$\{\{(.*)\}\}\s*$/s.exec(text)?.[1] ?? text;
}

/** An `if:`; where it asks for no status, `success()` is meant as well, as without any. */
export function condition(text: string | undefined, contexts: Contexts, status: Status): boolean {
  const expression = inner(text ?? 'success()');
  const asks = STATUS_FUNCTIONS.some((name) => new RegExp(`\\b${name}\\(`).test(expression));
  const value = evaluated(asks ? expression : `success() && (${expression})`, contexts, status);
  return value.kind !== data.Kind.Null && !['', 'false', '0'].includes(value.coerceString());
}

/** A text with its `${{ }}` replaced. */
export function interpolated(text: string, contexts: Contexts, status: Status = 'success'): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluated(expression, contexts, status).coerceString(),
  );
}

/** The expressions in a text, without their braces. */
export function expressionsIn(text: string): string[] {
  return [...text.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, expression = '']) => expression.trim());
}
