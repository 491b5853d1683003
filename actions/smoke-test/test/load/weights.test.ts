import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rotation } from '../../src/load/weights.ts';

const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
const weighted = (all: readonly number[]) => all.map((weight, item) => ({ item, weight }));
const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);

function take<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

test('is as nginx does it', () => {
  const items = [
    { item: 'a', weight: 5 },
    { item: 'b', weight: 1 },
    { item: 'c', weight: 1 },
  ];
  expect(take(7, rotation(items)(0)).join('')).toBe('aabacaa');
});

test('three queries to one ingest', () => {
  const next = rotation([
    { item: 'query', weight: 3 },
    { item: 'ingest', weight: 1 },
  ])(0);
  expect(take(8, next)).toEqual(['query', 'query', 'ingest', 'query', 'query', 'query', 'ingest', 'query']);
});

test('any full round has each item as often as its weight', () => {
  fc.assert(
    fc.property(weights, fc.nat({ max: 500 }), fc.nat({ max: 50 }), (all, user, skipped) => {
      const next = rotation(weighted(all))(user);
      take(skipped, next);
      const round = take(sum(all), next);
      expect(all.map((_, item) => round.filter((each) => each === item).length)).toEqual(all);
    }),
  );
});

test('what users do first has the proportions too', () => {
  fc.assert(
    fc.property(weights, (all) => {
      const begin = rotation(weighted(all));
      const firsts = Array.from({ length: sum(all) }, (_, user) => begin(user)());
      expect(all.map((_, item) => firsts.filter((each) => each === item).length)).toEqual(all);
    }),
  );
});

test('items stay close to their proportions at every place of a round', () => {
  fc.assert(
    fc.property(weights, (all) => {
      const next = rotation(weighted(all))(0);
      const seen = all.map(() => 0);
      for (let count = 1; count <= sum(all); count += 1) {
        const item = next();
        seen[item] = (seen[item] ?? 0) + 1;
        for (const [i, weight] of all.entries()) {
          expect(Math.abs((seen[i] ?? 0) - (count * weight) / sum(all))).toBeLessThanOrEqual(all.length);
        }
      }
    }),
  );
});
