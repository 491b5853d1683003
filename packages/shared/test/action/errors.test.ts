import { expect, test } from 'vitest';
import { ActionError, describeError } from '../../src/action/errors.ts';

const parts = { what: 'The deploy failed', state: 'Nothing was changed', next: 'Try again' };

function googleError(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test('an error reads as three sentences', () => {
  expect(new ActionError(parts).message).toBe('The deploy failed. Nothing was changed. Try again.');
});

test('sentences that are ended already are not ended twice', () => {
  const message = new ActionError({ what: ' Who? ', state: 'Gone.', next: 'Run!' }).message;
  expect(message).toBe('Who? Gone. Run!');
});

test('a list of what happened is kept apart from what follows', () => {
  const { message } = new ActionError({ ...parts, what: 'Two problems:\n- one\n- two\n' });
  expect(message).toBe('Two problems:\n- one\n- two.\nNothing was changed. Try again.');
});

test('the cause is kept, and absent when there is none', () => {
  const cause = new Error('why');
  expect(new ActionError({ ...parts, cause }).cause).toBe(cause);
  expect('cause' in new ActionError(parts)).toBe(false);
});

test.each([
  ['a string', 'oops', 'oops'],
  ['an object', { a: 1 }, '{"a":1}'],
  ['nothing', undefined, 'undefined'],
  ['an error over several lines', new Error('one\r\n  two\n'), 'one two'],
  [
    "an error of Google's clients",
    googleError(7, '7 PERMISSION_DENIED: no access'),
    'PERMISSION_DENIED: no access',
  ],
  ['a code without the prefix', googleError(14, 'gone away'), 'UNAVAILABLE: gone away'],
  ['a code that the text begins with', googleError(5, 'NOT_FOUND: x'), 'NOT_FOUND: x'],
  ['an HTTP status for a code', googleError(404, 'no such page'), 'no such page'],
  ['an error without a message', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['an error with nothing at all', new TypeError(''), 'TypeError'],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }),
    'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
  ],
])('%s is described in one line', (_, error, expected) => {
  expect(describeError(error)).toBe(expected);
});

test('a page for an error is cut', () => {
  expect(describeError(new Error('x'.repeat(5000)))).toHaveLength(1000);
});

test('what cannot be written as JSON is described all the same', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(describeError(circle)).toBe('[object Object]');
});
