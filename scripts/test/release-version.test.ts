import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNewer, majorTag, parseVersion, releaseBranch, type Version } from '../release/version.ts';

function version(tag: string): Version {
  const parsed = parseVersion(tag);
  if (parsed === undefined) throw new Error(`${tag} is no version`);
  return parsed;
}

test.each(['v0.1.0', 'v1.2.3', 'v10.20.30', 'v1.2.3-rc.1', 'v1.2.3-0.a-b.x'])('%s is a version', (tag) => {
  const parsed = version(tag);
  expect(parsed.tag).toBe(tag);
  expect(parsed.isPrerelease).toBe(tag.includes('-'));
});

test.each([
  'v1',
  'v1.2',
  '1.2.3',
  'v01.2.3',
  'v1.2.3-',
  'v1.2.3-rc..1',
  'v1.2.3-01',
  'v1.2.3+build',
  'v1.2.3\n',
  'v1.2.3; rm -rf',
])('%j is none', (tag) => {
  expect(parseVersion(tag)).toBeUndefined();
});

test('the tag that moves and the branch are those of the major version', () => {
  expect(majorTag(version('v12.3.4-rc.1'))).toBe('v12');
  expect(releaseBranch(version('v12.3.4'))).toBe('releases/v12');
});

test('of two versions the newer one is that of the first higher number', () => {
  const numbers = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const weight = ([major, minor, patch]: number[]): number =>
        (major ?? 0) * 10_000 + (minor ?? 0) * 100 + (patch ?? 0);
      const newer = isNewer(version(`v${a.join('.')}`), version(`v${b.join('.')}`));
      expect(newer).toBe(weight(a) > weight(b));
    }),
  );
});
