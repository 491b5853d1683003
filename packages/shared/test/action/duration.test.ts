import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/action/duration.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1h05m', 3_900_000],
  ['1h2m3s4ms', 3_723_004],
  ['1.5h', 5_400_000],
  ['0s', 0],
])('%s is %i ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '5', '5 m', '-5m', 'm', '5d', '30m1h', '5m5m', '1e3s', '.5s', '5M', `${'9'.repeat(20)}h`])(
  '`%s` is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, '0s'],
  [-5, '0s'],
  [0.2, '0s'],
  [250, '250ms'],
  [999.6, '1s'],
  [1500, '1.5s'],
  [9960, '10s'],
  [45_000, '45s'],
  [59_700, '1m'],
  [130_000, '2m10s'],
  [125_000, '2m05s'],
  [300_000, '5m'],
  [3_599_600, '1h'],
  [3_900_000, '1h05m'],
  [7_180_000, '2h'],
  [90_000_000, '25h'],
])('%d ms reads %s', (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});

test('what is shown can be given as an input, and is off by less than its smaller unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (ms) => {
      const back = parseDuration(formatDuration(ms));
      const unit = ms < 9950 ? 50 : ms < 3_600_000 ? 500 : 30_500;
      expect(Math.abs((back ?? Number.NaN) - ms)).toBeLessThanOrEqual(unit);
    }),
  );
});
