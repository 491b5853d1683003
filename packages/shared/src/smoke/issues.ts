import type { z } from 'zod';
import { closestName } from '../action/closest.ts';

/** A problem of the checks: where (path of keys), of the key itself or of its value, and what. */
export type Problem = { path: readonly PropertyKey[]; at: 'value' | 'key'; text: string };

type Issue = z.core.$ZodIssue;

/** Of one mapping. More of them are not keys that were misspelt. */
const MOST_KEYS = 20;
const LONGEST_KEY = 50;
const PLAIN = /^Invalid input/;
const SHAPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'null',
};

function isOfOtherShape(issues: readonly Issue[]): boolean {
  return issues.some(
    (issue) =>
      issue.path.length === 0 &&
      (issue.code === 'invalid_type' ||
        (issue.code === 'invalid_union' && issue.errors.every(isOfOtherShape))),
  );
}

/** The innermost depth that a branch of a union came to: the one that came furthest was meant. */
function depthOf(issues: readonly Issue[]): number {
  return Math.max(
    ...issues.map((issue) => {
      const inner =
        issue.code === 'invalid_union' ? Math.max(0, ...issue.errors.map((branch) => depthOf(branch))) : 0;
      return issue.path.length + inner;
    }),
  );
}

/** How much is wrong, by what each union comes closest to. */
function countOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    if (issue.code !== 'invalid_union') return sum + 1;
    const fitting = issue.errors.filter((branch) => !isOfOtherShape(branch));
    return sum + (fitting.length === 0 ? 1 : Math.min(...fitting.map(countOf)));
  }, 0);
}

function wanted(issues: readonly Issue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') return issue.errors.flatMap((branch) => wanted(branch));
    if (issue.code === 'invalid_type' && PLAIN.test(issue.message))
      return [SHAPES[issue.expected] ?? issue.expected];
    return PLAIN.test(issue.message) ? [] : [issue.message];
  });
}

function unknownKey(key: string, keys: readonly string[]): string {
  if (key.length > LONGEST_KEY) return `\`${key.slice(0, LONGEST_KEY)}…\` is not a key that belongs here`;
  const closest = closestName(key, keys);
  return `\`${key}\` is not a key that belongs here${closest && closest !== key ? `; did you mean \`${closest}\`?` : ''}`;
}

function simple(issue: Issue, keys: readonly string[], path: readonly PropertyKey[]): Problem[] {
  const here = [...path, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, MOST_KEYS)
        .map((key) => ({ path: [...here, key], at: 'key', text: unknownKey(key, keys) }));
    case 'invalid_key':
      return [{ path: here, at: 'key', text: `this key must be ${wanted(issue.issues).join(' or ')}` }];
    case 'invalid_type':
      if (/received undefined$/.test(issue.message)) {
        return [{ path, at: 'value', text: `the key \`${String(issue.path.at(-1))}\` is missing here` }];
      }
      return [{ path: here, at: 'value', text: `this must be ${wanted([issue]).join(' or ')}` }];
    default:
      return [{ path: here, at: 'value', text: `this must be ${issue.message}` }];
  }
}

function union(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  keys: readonly string[],
  path: readonly PropertyKey[],
): Problem[] {
  const here = [...path, ...issue.path];
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const fitting = branches.filter((branch) => !isOfOtherShape(branch));
  const furthest = fitting.toSorted((a, b) => depthOf(b) - depthOf(a) || countOf(a) - countOf(b))[0];
  if (furthest) return problemsOf(furthest, keys, here);
  const accepted = PLAIN.test(issue.message) ? [...new Set(wanted([issue]))].join(' or ') : issue.message;
  return [{ path: here, at: 'value', text: `this must be ${accepted}` }];
}

/**
 * What zod found, told for people: of a union's branches the one that was meant.
 * @param keys what a misspelt key may have meant
 */
export function problemsOf(
  issues: readonly Issue[],
  keys: readonly string[],
  path: readonly PropertyKey[] = [],
): Problem[] {
  const unknown = new Set(
    issues.filter(({ code }) => code === 'unrecognized_keys').map((issue) => issue.path.join('\0')),
  );
  return issues
    .filter((issue) => issue.code !== 'custom' || !unknown.has(issue.path.join('\0')))
    .flatMap((issue) =>
      issue.code === 'invalid_union' ? union(issue, keys, path) : simple(issue, keys, path),
    );
}
