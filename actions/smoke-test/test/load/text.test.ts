import { expect, test } from 'vitest';
import { histogramLines, percentileLines } from '../../src/load/histogram-text.ts';
import { milliseconds, percent } from '../../src/load/numbers-text.ts';
import { progressLine } from '../../src/load/progress.ts';
import { figures, percentiles } from './support/results.ts';

test.each([
  [0.4321, '0.432 ms'],
  [8.349, '8.35 ms'],
  [83.1, '83.1 ms'],
  [200, '200 ms'],
  [999.6, '1 s'],
  [1234, '1.23 s'],
  [65_432, '65.4 s'],
  [Number.NaN, '–'],
])('%d ms reads %s', (ms, text) => {
  expect(milliseconds(ms)).toBe(text);
});

test.each([
  [0, '0 %'],
  [0.0001, '< 0.1 %'],
  [0.002, '0.2 %'],
  [0.123, '12.3 %'],
  [1, '100 %'],
  [Number.NaN, '–'],
])('a share of %d reads %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

test('a line of progress', () => {
  const progress = { elapsedMs: 12_040, durationMs: 30_000, requests: 1234, errors: 2, p95Ms: 83 };
  expect(progressLine(progress)).toBe('12 s of 30 s: 1,234 requests, 0.2 % errors, P95 83 ms');
  expect(progressLine({ ...progress, requests: 0, errors: 0, p95Ms: Number.NaN })).toBe(
    '12 s of 30 s: 0 requests, 0 % errors, P95 –',
  );
});

test('a histogram', () => {
  const histogram = [
    { fromMs: 5, toMs: 7, count: 60 },
    { fromMs: 7, toMs: 10, count: 1200 },
    { fromMs: 10, toMs: 15, count: 0 },
    { fromMs: 15, toMs: 20, count: 1 },
  ];
  expect(histogramLines(histogram)).toEqual([
    'up to 7 ms      60   4.8 %  ██',
    'up to 10 ms  1,200  95.2 %  ████████████████████████████████████████',
    'up to 15 ms      0     0 %',
    'up to 20 ms      1   0.1 %  ▏',
  ]);
  expect(histogramLines([])).toEqual([]);
});

test('a table of percentiles', () => {
  const checks = new Map([
    ['query', figures],
    ['ingest', { ...figures, requests: 250, errors: 0, corrected: percentiles(Number.NaN) }],
  ]);
  expect(percentileLines({ total: figures, checks })).toEqual([
    '                  requests  errors     P50     P90     P95     P99  longest',
    'query                1,000      10  100 ms  200 ms  300 ms  400 ms   500 ms',
    'ingest                 250       0       –       –       –       –        –',
    'all                  1,000      10  100 ms  200 ms  300 ms  400 ms   500 ms',
    'all, as measured     1,000      10   50 ms  100 ms  150 ms  200 ms   250 ms',
  ]);
  expect(percentileLines({ total: figures, checks: new Map([['query', figures]]) })).toHaveLength(3);
});
