import { expect, test } from 'vitest';
import { type Limits, violations } from '../../src/load/limits.ts';
import type { LoadResult } from '../../src/load/plan.ts';
import { figures, percentiles, result } from './support/results.ts';

const refused: LoadResult = {
  ...result,
  total: { ...figures, requests: 20, errors: 20, corrected: percentiles(Number.NaN) },
};
const nothing: LoadResult = {
  ...result,
  total: { ...figures, requests: 0, errors: 0, corrected: percentiles(Number.NaN) },
};

test.each<[string, Limits, LoadResult]>([
  ['no limits', {}, result],
  ['limits that are kept', { p50Ms: 200, p95Ms: 400, p99Ms: 500, errorShare: 0.02 }, result],
  ['limits that are just kept', { p50Ms: 100, p95Ms: 300, p99Ms: 400, errorShare: 0.01 }, result],
  ['a limit exceeded by less than is measured', { p50Ms: 99.96 }, result],
  ['every request may fail', { errorShare: 1 }, refused],
])('%s: no violation', (_, limits, given) => {
  expect(violations(limits, given)).toEqual([]);
});

test.each<[string, Limits, LoadResult, string[]]>([
  [
    'corrected percentiles are judged',
    { p50Ms: 60, p95Ms: 200, p99Ms: 399 },
    result,
    ['P50: at most 60 ms, got 100 ms', 'P95: at most 200 ms, got 300 ms', 'P99: at most 399 ms, got 400 ms'],
  ],
  ['errors', { errorShare: 0.005 }, result, ['errors: at most 0.5 %, got 1 % (10 of 1,000)']],
  ['no error at all', { errorShare: 0 }, result, ['errors: at most 0 %, got 1 % (10 of 1,000)']],
  [
    'what could not begin',
    { errorShare: 0.5 },
    { ...result, notBegun: 1000 },
    ['errors: at most 50 %, got 50.5 % (1,010 of 2,000)'],
  ],
  ['nothing was answered', { p99Ms: 400 }, refused, ['P99: at most 400 ms, got no answer']],
  [
    'nothing was sent',
    { p50Ms: 1, errorShare: 1 },
    nothing,
    ['P50: at most 1 ms, got no answer', 'errors: at most 100 %, got no request'],
  ],
])('%s', (_, limits, given, expected) => {
  const texts = violations(limits, given).map(
    ({ limit, expected, got }) => `${limit}: ${expected}, got ${got}`,
  );
  expect(texts).toEqual(expected);
});
