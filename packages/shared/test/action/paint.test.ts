import { expect, test } from 'vitest';
import { wantsColours } from '../../src/action/paint.ts';

test.each([
  ['the runner', { GITHUB_ACTIONS: 'true', TERM: 'dumb' }, false, true],
  ['the runner, with NO_COLOR', { GITHUB_ACTIONS: 'true', NO_COLOR: '1' }, false, false],
  ['a terminal', { TERM: 'xterm' }, true, true],
  ['a terminal, with NO_COLOR', { NO_COLOR: '1' }, true, false],
  ['a terminal, with an empty NO_COLOR', { NO_COLOR: '' }, true, true],
  ['a terminal without colours', { TERM: 'dumb' }, true, false],
  ['a pipe', { TERM: 'xterm' }, false, false],
])('%s', (_, env, isTTY, expected) => {
  expect(wantsColours(env, { isTTY })).toBe(expected);
});
