import { expect, test } from 'vitest';
import { Reasons, reasonOf } from '../../src/load/reasons.ts';

test('the most frequent reasons come first, ten at most', () => {
  const reasons = new Reasons();
  for (let i = 0; i < 20; i += 1) reasons.record(`status ${i}`, i + 1);
  const list = reasons.list();
  expect(list).toHaveLength(10);
  expect(list.slice(0, 2)).toEqual([
    { reason: 'status 19', count: 20 },
    { reason: 'status 18', count: 19 },
  ]);
});

test('a new reason each time is not kept for ever, and none is lost', () => {
  const reasons = new Reasons();
  for (let i = 0; i < 1000; i += 1) reasons.record(`id ${i}`);
  const sum = new Reasons();
  sum.add(reasons);
  sum.record('id 0');
  expect(sum.list().slice(0, 2)).toEqual([
    { reason: 'other reasons', count: 900 },
    { reason: 'id 0', count: 2 },
  ]);
});

test.each([
  [
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    'connection refused',
  ],
  [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'connection refused'],
  [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'connection reset'],
  [Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' }), 'host name not found'],
  [new Error('certificate has expired'), 'certificate has expired'],
])('%s is told as %s', (error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});
