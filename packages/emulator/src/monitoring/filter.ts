import { invalidArgument, unimplemented } from './rpc-error.ts';

/**
 * A filter of the Monitoring API (https://docs.cloud.google.com/monitoring/api/v3/filters). Fields are written in one way
 * here: `project`, `metric.type`, `resource.type`, `metric.labels.KEY`, `resource.labels.KEY`.
 */
export type Filter = { kind: 'and' | 'or'; terms: Filter[] } | { kind: 'not'; term: Filter } | Comparison;

export type Comparison = {
  kind: 'comparison';
  field: string;
  negated: boolean;
  test: Test;
};

export type Test =
  | { kind: 'equals' | 'starts_with' | 'ends_with' | 'has_substring'; value: string }
  | { kind: 'one_of'; values: string[] }
  | { kind: 'full_match'; pattern: RegExp };

type Token = { kind: 'path' | 'string' | 'symbol' | 'end'; text: string };

const functionTests = ['starts_with', 'ends_with', 'has_substring'] as const;

/** Parses a filter, or throws INVALID_ARGUMENT for bad syntax and UNIMPLEMENTED for what the emulator leaves out. */
export function parseFilter(text: string): Filter {
  const tokens = tokenize(text);
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: 'end', text: '' };
  const take = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const expected = (what: string, got: Token): Error =>
    invalidArgument(
      `Could not parse the filter: expected ${what}, got ${got.text ? `\`${got.text}\`` : 'its end'}.`,
    );
  const isWord = (token: Token, word: string): boolean => token.kind === 'path' && token.text === word;
  const isSymbol = (token: Token, symbol: string): boolean =>
    token.kind === 'symbol' && token.text === symbol;
  const expectSymbol = (symbol: string): void => {
    const token = take();
    if (!isSymbol(token, symbol)) throw expected(`\`${symbol}\``, token);
  };

  function terms(): Filter {
    const found = [term()];
    const operators = new Set<'and' | 'or'>();
    for (let next = peek(); next.kind !== 'end' && !isSymbol(next, ')'); next = peek()) {
      if (isWord(next, 'OR')) {
        take();
        operators.add('or');
      } else {
        if (isWord(next, 'AND')) take();
        operators.add('and');
      }
      found.push(term());
    }
    if (operators.size > 1) {
      throw unimplemented('a filter that mixes AND and OR without parentheses');
    }
    const [only] = found;
    const [kind] = operators;
    return kind === undefined && only ? only : { kind: kind ?? 'and', terms: found };
  }

  function term(): Filter {
    if (isWord(peek(), 'NOT')) {
      take();
      return { kind: 'not', term: term() };
    }
    if (isSymbol(peek(), '(')) {
      take();
      const inner = terms();
      expectSymbol(')');
      return inner;
    }
    return comparison();
  }

  function comparison(): Comparison {
    const path = take();
    if (path.kind !== 'path') throw expected('a selector such as `metric.type`', path);
    const field = canonicalField(path.text);
    const operator = take();
    if (operator.kind !== 'symbol' || ['(', ')', ','].includes(operator.text)) {
      throw expected('a comparison operator', operator);
    }
    if (operator.text !== '=' && operator.text !== '!=') {
      throw unimplemented(`the filter operator \`${operator.text}\``);
    }
    return { kind: 'comparison', field, negated: operator.text === '!=', test: test() };
  }

  function test(): Test {
    const token = take();
    if (token.kind === 'string') return { kind: 'equals', value: token.text };
    if (token.kind !== 'path') {
      throw invalidArgument('The right-hand side of a comparison contains an unsupported value.');
    }
    if (!isSymbol(peek(), '(')) throw unimplemented(`unquoted values in filters (\`${token.text}\`)`);
    const values = callArguments();
    if (token.text === 'one_of') return { kind: 'one_of', values };
    const [value] = values;
    if (values.length !== 1 || value === undefined) {
      throw invalidArgument(`The filter function ${token.text} takes one string.`);
    }
    if (token.text === 'monitoring.regex.full_match')
      return { kind: 'full_match', pattern: fullMatch(value) };
    const kind = functionTests.find((name) => name === token.text);
    if (!kind) throw unimplemented(`the filter function ${token.text}`);
    return { kind, value };
  }

  function callArguments(): string[] {
    expectSymbol('(');
    const values: string[] = [];
    for (;;) {
      const token = take();
      if (token.kind !== 'string') throw expected('a quoted string', token);
      values.push(token.text);
      if (!isSymbol(peek(), ',')) break;
      take();
    }
    expectSymbol(')');
    return values;
  }

  if (peek().kind === 'end') throw invalidArgument('The filter is empty.');
  const filter = terms();
  if (peek().kind !== 'end') throw expected('the end', peek());
  return filter;
}

/** Whether something matches, whose fields `valueOfField` knows. */
export function matches(filter: Filter, valueOfField: (field: string) => string): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.terms.every((term) => matches(term, valueOfField));
    case 'or':
      return filter.terms.some((term) => matches(term, valueOfField));
    case 'not':
      return !matches(filter.term, valueOfField);
    case 'comparison':
      return passes(filter.test, valueOfField(filter.field)) !== filter.negated;
  }
}

/** All comparisons of a filter. */
export function comparisons(filter: Filter): Comparison[] {
  switch (filter.kind) {
    case 'comparison':
      return [filter];
    case 'not':
      return comparisons(filter.term);
    default:
      return filter.terms.flatMap(comparisons);
  }
}

/** The comparisons that everything matching the filter must pass: those that no OR and no NOT encloses. */
export function requirements(filter: Filter): Comparison[] {
  switch (filter.kind) {
    case 'comparison':
      return [filter];
    case 'and':
      return filter.terms.flatMap(requirements);
    default:
      return [];
  }
}

/** One spelling for `resource.label.x`, `resource.labels.x` and `resource.labels."x"`; also used for group-by fields. */
export function canonicalField(path: string): string {
  if (path === 'project' || path === 'metric.type' || path === 'resource.type') return path;
  const label = /^(metric|resource)\.labels?\.([A-Za-z0-9_]+|"[^"]+")$/.exec(path);
  if (label) return `${label[1]}.labels.${(label[2] ?? '').replaceAll('"', '')}`;
  if (/^(group|metadata|resource|metric)\./.test(path)) throw unimplemented(`the selector \`${path}\``);
  throw invalidArgument(`The selector \`${path}\` is not known.`);
}

function passes(test: Test, value: string): boolean {
  switch (test.kind) {
    case 'equals':
      return value === test.value;
    case 'starts_with':
      return value.startsWith(test.value);
    case 'ends_with':
      return value.endsWith(test.value);
    case 'has_substring':
      return value.includes(test.value);
    case 'one_of':
      return test.values.includes(value);
    case 'full_match':
      return test.pattern.test(value);
  }
}

/** Monitoring uses RE2; whatever JavaScript reads differently is outside of what both accept. */
function fullMatch(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch {
    throw invalidArgument(`The regular expression \`${source}\` in the filter is not valid.`);
  }
}

const space = /\s+/y;
const path = /[A-Za-z_][A-Za-z0-9_]*(?:\.(?:[A-Za-z0-9_]+|"[^"]*"))*/y;
const quoted = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y;
const symbol = /!=|<=|>=|[=<>:(),]/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const at = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found) position += found[0].length;
    return found;
  };
  while (position < text.length) {
    if (at(space)) continue;
    const string = at(quoted);
    const found = string ?? at(path) ?? at(symbol);
    if (!found) throw invalidArgument(`Could not parse the filter at \`${text.slice(position)}\`.`);
    if (string) {
      const content = string[1] ?? string[2] ?? '';
      tokens.push({ kind: 'string', text: content.replace(/\\(["'\\])/g, '$1') });
    } else {
      tokens.push({ kind: /^[A-Za-z_]/.test(found[0]) ? 'path' : 'symbol', text: found[0] });
    }
  }
  return tokens;
}
