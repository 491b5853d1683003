import type { Check } from '@apex-actions/shared/smoke/check';
import { type Parsed, parseChecks } from '@apex-actions/shared/smoke/document';

export type Around = { variables?: readonly string[]; files?: Readonly<Record<string, string>> };

/** Parses checks with files in memory. */
export function parse(text: string, { variables = [], files = {} }: Around = {}): Parsed {
  return parseChecks(text, {
    variables: new Set(variables),
    readFile: (path) => {
      const file = files[path];
      if (file === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return file;
    },
  });
}

/** The checks of a text without problems. */
export function checksOf(text: string, around: Around = {}): readonly Check[] {
  const parsed = parse(text, around);
  if (parsed.ok) return parsed.checks;
  throw new Error(
    parsed.problems.map(({ line, column, text: why }) => `${line}:${column} ${why}`).join('\n'),
  );
}

/** The one check of a text. */
export function checkOf(text: string, variables: readonly string[] = []): Check {
  const [check, ...others] = checksOf(text, { variables });
  if (!check || others.length > 0) throw new Error(`not one check but ${others.length + 1}`);
  return check;
}

/** `line:column text` of every problem. */
export function problemsOf(text: string, around: Around = {}): string[] {
  const parsed = parse(text, around);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, text: why }) => `${line}:${column} ${why}`);
}
