import { binomial, binomialChances, binomialFromMode, seeded } from '@apex-actions/testkit/random';
import { describe, expect, it } from 'vitest';

const DRAWS = 20_000;

/** The chances of 0 … n, from the binomial theorem. */
function chances(n: number, share: number): number[] {
  const all = [1];
  for (let trial = 0; trial < n; trial++) {
    for (let k = all.length; k >= 0; k--)
      all[k] = (all[k] ?? 0) * (1 - share) + (k > 0 ? (all[k - 1] ?? 0) * share : 0);
  }
  return all;
}

describe.each([
  ['binomial', binomial],
  ['binomialFromMode', binomialFromMode],
])('%s', (_, draw) => {
  it.each([
    [1, 0.3],
    [7, 0.5],
    [40, 0.02],
    [40, 0.98],
    [600, 0.01],
    [2000, 0.25],
  ])('draws as often as the binomial theorem says, of %i with a chance of %f', (n, share) => {
    const random = seeded(7);
    const seen = new Array<number>(n + 1).fill(0);
    for (let i = 0; i < DRAWS; i++) {
      const count = draw(n, share, random);
      seen[count] = (seen[count] ?? 0) + 1;
    }
    expect(seen).toHaveLength(n + 1);
    // The largest gap between the two distribution functions (Dvoretzky, Kiefer, Wolfowitz: beyond this once in 10⁶).
    let [gap, below, expectedBelow] = [0, 0, 0];
    chances(n, share).forEach((chance, count) => {
      below += (seen[count] ?? 0) / DRAWS;
      expectedBelow += chance;
      gap = Math.max(gap, Math.abs(below - expectedBelow));
    });
    expect(gap).toBeLessThan(Math.sqrt(Math.log(2e6) / (2 * DRAWS)));
  });

  it('needs no chance where there is none', () => {
    const never = () => {
      throw new Error('drawn');
    };
    expect([draw(0, 0, never), draw(9, 0, never), draw(9, 1, never), draw(9, -1, never)]).toEqual([
      0, 0, 9, 0,
    ]);
  });
});

describe('binomialChances', () => {
  it.each([
    [0, 0.3],
    [7, 0.5],
    [600, 0.01],
    [40, 0],
    [40, 1],
  ])('are those of the binomial theorem, of %i with a chance of %f', (n, share) => {
    const expected = chances(n, share);
    const got = binomialChances(n, share);
    expect(got).toHaveLength(n + 1);
    got.forEach((chance, k) => {
      expect(chance).toBeCloseTo(expected[k] ?? Number.NaN, 12);
    });
  });
});
