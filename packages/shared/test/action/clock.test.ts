import { expect, test, vi } from 'vitest';
import { createManualClock, systemClock } from '../../src/action/clock.ts';

test('the system clock wakes its sleepers', async () => {
  vi.useFakeTimers();
  try {
    const sleep = systemClock.sleep(60_000);
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(sleep).resolves.toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ['system', systemClock],
  ['manual', createManualClock()],
])('a sleep of the %s clock ends with the reason of its signal', async (_, clock) => {
  const reason = new Error('cancelled');
  const controller = new AbortController();
  const sleep = clock.sleep(3_600_000, controller.signal);
  controller.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(clock.sleep(0, controller.signal)).rejects.toBe(reason);
});

test('a manual clock stands still until it is moved', async () => {
  const clock = createManualClock(1000);
  expect(clock.nowMs()).toBe(1000);
  await clock.advance(500);
  expect(clock.nowMs()).toBe(1500);
});

test('sleepers wake in order, each at its own time, with what they do next', async () => {
  const clock = createManualClock();
  const woken: [string, number][] = [];
  const every = async (name: string, ms: number, times: number) => {
    for (let i = 0; i < times; i++) {
      await clock.sleep(ms);
      woken.push([name, clock.nowMs()]);
    }
  };
  const both = Promise.all([every('slow', 50, 2), every('quick', 20, 3)]);
  await clock.advance(99);
  expect(woken).toEqual([
    ['quick', 20],
    ['quick', 40],
    ['slow', 50],
    ['quick', 60],
  ]);
  await clock.advance(1);
  await both;
  expect(woken.at(-1)).toEqual(['slow', 100]);
});
