import { expect, test } from 'vitest';
import type { Annotation } from '../src/commands.ts';
import { limitViolations } from '../src/limits.ts';

const annotations = (count: number): Annotation[] =>
  Array.from({ length: count }, () => ({ level: 'error', message: 'x' }));

test('everything at its limit is fine', () => {
  const long: Annotation = { level: 'notice', message: 'x'.repeat(4096) };
  expect(limitViolations([...annotations(10), long], 'x'.repeat(1024 * 1024), { a: 'b' })).toEqual([]);
});

test.each([
  ['a summary over 1 MiB', limitViolations([], 'é'.repeat(600_000), {}), 'The summary has 1200000 bytes'],
  [
    'outputs over 1 MiB',
    limitViolations([], '', { a: 'x'.repeat(2_000_000) }),
    'The outputs have 2000000 bytes',
  ],
  ['eleven annotations of a level', limitViolations(annotations(11), '', {}), '11 error annotations'],
  [
    'an annotation over 4096 characters',
    limitViolations([{ level: 'error', message: 'x'.repeat(4097) }], '', {}),
    'has 4097 characters',
  ],
])('names %s', (_what, violations, text) => {
  expect(violations).toEqual([expect.stringContaining(text)]);
});
