import { expect, test } from 'vitest';
import { formatSize, parseSize } from '../../src/action/size.ts';

test.each([
  ['500MB', 500_000_000],
  ['400 MiB', 419_430_400],
  ['1.5gb', 1_500_000_000],
  ['10B', 10],
  ['64kB', 64_000],
  ['500', undefined],
  ['MB', undefined],
  ['-1MB', undefined],
  ['1TB', undefined],
])('%s is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [4500, '4.5 kB'],
  [118_400_000, '118 MB'],
  [1_240_000_000, '1.2 GB'],
])('%s bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
