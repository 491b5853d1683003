import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatShare, parseShare } from '../../src/action/share.ts';

test.each([
  ['0.5%', 0.005],
  ['0.5 %', 0.005],
  ['0.7%', 0.007],
  ['5%', 0.05],
  ['100%', 1],
  ['0%', 0],
  ['0', 0],
  ['0.005', 0.005],
  ['.005', 0.005],
])('%s is a share of %d', (text, expected) => {
  expect(parseShare(text)).toBe(expected);
});

test.each(['', '%', '1', '5', '1.0', '101%', '-1%', '1e-3', '0,5%', '5 percent', 'NaN'])(
  '`%s` is not a share',
  (text) => {
    expect(parseShare(text)).toBeUndefined();
  },
);

test.each([
  [0, '0 %'],
  [0.005, '0.5 %'],
  [0.0032, '0.32 %'],
  [0.00014, '0.014 %'],
  [0.0234, '2.3 %'],
  [0.12, '12 %'],
  [0.125, '12.5 %'],
  [0.29, '29 %'],
  [0.99, '99 %'],
  [0.9995, '99.95 %'],
  [1, '100 %'],
  [1e-9, '< 0.0001 %'],
  [1 - 1e-9, '> 99.9999 %'],
])('%d reads %s', (share, expected) => {
  expect(formatShare(share)).toBe(expected);
});

const shares = fc.double({ min: 0, max: 1, noNaN: true });

test('only none reads as none, and only all as all', () => {
  fc.assert(
    fc.property(shares, (share) => {
      expect(formatShare(share) === '0 %').toBe(share * 100 === 0);
      expect(formatShare(share) === '100 %').toBe(share * 100 === 100);
    }),
  );
});

test('what is shown is at most a tenth of a percent point, and a twentieth of itself, away', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1 - 1e-5, noNaN: true }), (share) => {
      const back = parseShare(formatShare(share)) ?? Number.NaN;
      expect(Math.abs(back - share)).toBeLessThanOrEqual(Math.min(0.0005, share / 19) + 1e-12);
    }),
  );
});
