import type { Json } from './schema.ts';

/** What `${name}` stands for: texts from the inputs and the environment, values of any type from captures. */
export type Variables = ReadonlyMap<string, Json>;

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
/** As above, and those that the end of the text cuts off. */
const BEGUN = /\$\$\{|\$\{([^}]*)(?:\}|$)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ALONE = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The names that a text refers to, and what stands after the `${` of references that are none; each once. */
export function referencesOf(text: string): { names: string[]; malformed: string[] } {
  const begun = [...text.matchAll(BEGUN)].filter(([, between]) => between !== undefined);
  const isWhole = ([whole, name = '']: RegExpExecArray) => whole.endsWith('}') && NAME.test(name);
  const between = (found: readonly RegExpExecArray[]) => [...new Set(found.map(([, inner = '']) => inner))];
  return {
    names: between(begun.filter(isWhole)),
    malformed: between(begun.filter((found) => !isWhole(found))),
  };
}

/** A value as it stands in a text: texts as they are, all else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A reference to a variable without a value: its check cannot run. */
export class MissingVariable extends Error {
  override readonly name = 'MissingVariable';
  readonly variable: string;

  constructor(variable: string) {
    super(`\${${variable}} has no value`);
    this.variable = variable;
  }
}

function given(variables: Variables, name: string): Json {
  const value = variables.get(name);
  if (value === undefined) throw new MissingVariable(name);
  return value;
}

/**
 * A text with its references replaced; `$${` is the text `${`. Throws `MissingVariable`.
 * @param encode for each value, such as percent-encoding
 */
export function render(
  text: string,
  variables: Variables,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(REFERENCE, (_, name: string | undefined) =>
    name === undefined ? '${' : encode(textOf(given(variables, name))),
  );
}

/** JSON with the references in its texts replaced. A text that is one reference alone becomes the value, with its type. */
export function renderJson(json: Json, variables: Variables): Json {
  if (typeof json === 'string') {
    const [, name] = ALONE.exec(json) ?? [];
    return name === undefined ? render(json, variables) : given(variables, name);
  }
  if (Array.isArray(json)) return json.map((item) => renderJson(item, variables));
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, renderJson(value, variables)]));
}

const FALSE = new Set(['', 'false', '0']);

/** As people write it who come from GitHub's expressions. */
function unquoted(text: string): string {
  return /^'[^']*'$|^"[^"]*"$/.test(text) ? text.slice(1, -1) : text;
}

/** What a condition says that is none of ours, and so would never or always hold. */
export function conditionProblem(when: string): string | undefined {
  if (/&&|\|\|/.test(when)) return 'one condition, without `&&` and `||`';
  if (referencesOf(when).names.length > 0 || referencesOf(when).malformed.length > 0) return undefined;
  return 'a condition with a variable in it, such as `${STAGE} == production`';
}

/** `${name}`, `${name} == text` or `${name} != text`; a variable without a value is the empty text. */
export function holds(when: string, variables: Variables): boolean {
  const value = (text: string) => {
    const known = new Map(variables);
    for (const name of referencesOf(text).names) if (!known.has(name)) known.set(name, '');
    return render(text, known).trim();
  };
  const comparison = /^(.*?)(==|!=)(.*)$/s.exec(when);
  if (!comparison) return !FALSE.has(value(when).toLowerCase());
  const [, left = '', operator, right = ''] = comparison;
  return (unquoted(value(left)) === unquoted(value(right))) === (operator === '==');
}
