import { describe, expect, it } from 'vitest';
import { describeFailure, isFinal, isPassing, quietUntilMs } from '../../src/github/failure.ts';

const NOW = 1_000_000;

function answer(status: number, headers: Record<string, string> = {}, message = 'No'): Error {
  return Object.assign(new Error(message), { status, response: { headers } });
}

it.each([
  ['429 with a time', answer(429, { 'retry-after': '30' }), NOW + 30_000],
  ['403 with a time', answer(403, { 'retry-after': '7' }), NOW + 7_000],
  [
    'a quota that is used up',
    answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1060' }),
    1_060_000,
  ],
  ['429 without a time', answer(429), NOW + 60_000],
  ['a secondary limit', answer(403, {}, 'You have exceeded a secondary rate limit'), NOW + 60_000],
  ['a missing permission', answer(403, { 'x-ratelimit-remaining': '4999' }), undefined],
  ['a server in trouble', answer(502), undefined],
  ['anything else', new Error('boom'), undefined],
])('%s: silent until', (_what, error, until) => {
  expect(quietUntilMs(error, NOW)).toBe(until);
});

it.each([
  [answer(500), true, false],
  [answer(503), true, false],
  [answer(429), false, false],
  [answer(401), false, true],
  [answer(403), false, true],
  [answer(404), false, true],
  [answer(422), false, true],
])('%o is passing: %s, final: %s', (error, passing, final) => {
  expect([isPassing(error), isFinal(error, NOW)]).toEqual([passing, final]);
});

describe('a warning says what to do', () => {
  it.each([
    ['deployment', answer(403), '`deployments: write`'],
    ['comment', answer(404), '`pull-requests: write`'],
    ['issue', answer(403), '`issues: write`'],
    ['deployment', answer(401), 'github-token'],
    ['deployment', answer(429), 'limits the requests'],
    ['issue', answer(410, {}, 'Issues are disabled'), 'Issues are disabled'],
    ['comment', new Error('connect ECONNREFUSED'), 'ECONNREFUSED'],
  ] as const)('%s, %o', (subject, error, advice) => {
    expect(describeFailure(subject, error, NOW)).toContain(advice);
  });
});
