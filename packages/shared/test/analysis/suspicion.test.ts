import { betsOver } from '@apex-actions/shared/analysis/bets';
import type { Count } from '@apex-actions/shared/analysis/eprocess';
import { learn, newHabit, predictedShare, shareOfGood } from '@apex-actions/shared/analysis/habit';
import { noSuspicion, suspect } from '@apex-actions/shared/analysis/suspicion';
import { describe, expect, it } from 'vitest';

const bets = betsOver(0.01);
const after = (minutes: readonly Count[], good = 0.001) =>
  minutes.reduce((odds, minute) => suspect(odds, bets, minute, good), noSuspicion(bets));
const largest = (odds: readonly number[]) => bets.shares[odds.indexOf(Math.max(...odds))];
const times = (n: number, minute: Count) => Array<Count>(n).fill(minute);

describe('the suspicion', () => {
  it('is small after good minutes, and certain after bad ones, of about the share that they show', () => {
    const [good, bad] = [
      { n: 200, bad: 0 },
      { n: 200, bad: 16 },
    ];
    expect(Math.max(...after(times(100, good)))).toBeLessThan(0.01);
    const odds = after([...times(100, good), bad]);
    expect(Math.max(...odds)).toBeGreaterThan(100);
    expect(largest(odds)).toBeCloseTo(0.08, 1);
  });

  it('is forgotten when the fault is over', () => {
    expect(
      Math.max(...after([...times(50, { n: 200, bad: 40 }), ...times(30, { n: 200, bad: 0 })])),
    ).toBeLessThan(0.1);
  });

  it('is of no share that a good canary may show', () => {
    const odds = after([{ n: 1000, bad: 100 }], 0.05);
    for (const [i, share] of bets.shares.entries()) if (share <= 0.05) expect(odds[i]).toBe(0);
  });

  it('is a number for any counts', () => {
    for (const n of [1, 1e9])
      for (const bad of [0, n])
        for (const good of [1e-8, 0.5, 1])
          for (const odds of after(times(3, { n, bad }), good)) expect(odds).not.toBeNaN();
  });
});

describe('what the arms are used to', () => {
  const none = { n: 0, bad: 0 };

  it('is what stable shows, once there is something to go by', () => {
    expect(predictedShare(newHabit(0.01))).toBeLessThan(0.001);
    const seen = times(50, { n: 1000, bad: 5 }).reduce(
      (habit, minute) => learn(habit, none, minute),
      newHabit(0.01),
    );
    expect(predictedShare(seen)).toBeCloseTo(0.005, 3);
  });

  it('is not an outage of both arms', () => {
    const down = { n: 1000, bad: 500 };
    expect(predictedShare(learn(newHabit(0.01), down, down))).toBeLessThanOrEqual(0.01);
    expect(shareOfGood(newHabit(0.01), down, down)).toBe(0.5);
  });

  it('becomes what the canary has long shown', () => {
    const [canary, stable] = [
      { n: 1000, bad: 8 },
      { n: 1000, bad: 1 },
    ];
    const goodAfter = (minutes: number) => {
      let habit = newHabit(0.01);
      for (let i = 0; i < minutes; i++) habit = learn(habit, canary, stable);
      return shareOfGood(habit, canary, stable);
    };
    expect(goodAfter(1)).toBeLessThan(0.002);
    expect(goodAfter(60)).toBeGreaterThan(0.006);
  });
});
