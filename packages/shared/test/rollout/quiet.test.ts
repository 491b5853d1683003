import { expect, test } from 'vitest';
import { REMINDER_MS, type Said, type Standing, worthOf } from '../../src/rollout/quiet.ts';

const said: Said = { meaning: 'no-data', counted: '0', atMs: 1000, sinceMs: 1000 };
const later = (ms: number, more: Partial<Standing> = {}): Standing => ({
  ...said,
  atMs: said.atMs + ms,
  ...more,
});

test.each([
  ['the first poll', undefined, later(0), 'news'],
  ['the same again', said, later(15_000), 'nothing'],
  ['the same for almost a minute', said, later(REMINDER_MS - 1), 'nothing'],
  ['the same for a minute', said, later(REMINDER_MS), 'reminder'],
  ['another verdict', said, later(1, { meaning: 'failing' }), 'news'],
  ['new figures', said, later(1, { counted: '5' }), 'news'],
] as const)('%s', (_, before, now, expected) => {
  expect(worthOf(before, now)).toBe(expected);
});
