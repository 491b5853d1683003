import { describe, expect, it } from 'vitest';
import { lowerBound } from '../bound.ts';
import type { Cell } from '../world.ts';

const cell = (part: Partial<Cell>): Cell => ({
  rate: 30,
  base: 0,
  bad: 0.02,
  times: 1,
  faultAt: 0,
  weather: 'calm',
  ...part,
});
const needed = Math.log(100);

describe("Wald's bound", () => {
  it('is what the limit asks for, where that is nearer than stable', () => {
    const ofARequest = 0.02 * Math.log(2) + 0.98 * Math.log(0.98 / 0.99);
    expect(lowerBound(cell({}))).toBeCloseTo(needed / (180 * ofARequest), 9);
  });

  it('of a total failure beside few requests is by chance: none of the canary’s tell nothing', () => {
    // Of two requests one falls to each arm half of the time. Beside one that succeeds, twice stable's share is nearest at 100 %
    // in the canary and 50 % in stable; beside none, so is 100 % in both, and nothing is learned.
    const two = cell({ rate: 2 / 60, bad: 1, faultAt: 20 });
    expect(lowerBound(two)).toBeCloseTo(needed / (0.5 * Math.log(2)), 9);
  });

  it('goes on in the next step where the first does not suffice', () => {
    const [late, early] = [lowerBound(cell({ rate: 3, faultAt: 10 })), lowerBound(cell({ rate: 3 }))];
    expect(late).toBeGreaterThan(10);
    expect(late).toBeLessThan(early);
    expect(early - late).toBeCloseTo(8, 9);
  });
});
