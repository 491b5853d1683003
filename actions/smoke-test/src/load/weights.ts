export type Weighted<T> = { item: T; weight: number };

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * One round of nginx's smooth weighted round robin: each item as often as its weight, shortened where all have a common
 * divisor, and spread as evenly as that goes
 * (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1).
 */
function roundOf<T>(items: readonly Weighted<T>[]): T[] {
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const length = total / items.reduce((divisor, { weight }) => greatestCommonDivisor(divisor, weight), 0);
  const standings = items.map(({ item, weight }) => ({ item, weight, current: 0 }));
  return Array.from({ length }, () => {
    for (const each of standings) each.current += each.weight;
    const best = standings.reduce((a, b) => (b.current > a.current ? b : a));
    best.current -= total;
    return best.item;
  });
}

/**
 * Hands out items by their weights, positive integers, at least one item: of every full round (the sum of the weights)
 * each user gets each item exactly as often as its weight. Each user begins one place further on than the one before,
 * so that what all do first has the proportions too, and they do not all do the same at the same time.
 */
export function rotation<T>(items: readonly Weighted<T>[]): (user: number) => () => T {
  const round = roundOf(items);
  return (user) => {
    let place = user;
    return () => {
      const item = round[place % round.length];
      place += 1;
      return item as T;
    };
  };
}
