import { expect, it } from 'vitest';
import { createManualClock } from '../../src/action/clock.ts';
import { pauseMs } from '../../src/github/cadence.ts';
import { Latest } from '../../src/github/latest.ts';

function started(pause: (sent: number) => number = () => 30_000) {
  const clock = createManualClock();
  const sent: string[] = [];
  const send = async (text: string) => void sent.push(`${clock.nowMs() / 1000}: ${text}`);
  return { clock, sent, latest: new Latest<string>({ clock, keyOf: (text) => text, pauseMs: pause, send }) };
}

it('the newest of what came meanwhile is sent, and nothing twice in a row', async () => {
  const { clock, sent, latest } = started();
  for (const text of ['a', 'b', 'c']) latest.offer(text);
  await clock.advance(0);
  expect(sent).toEqual(['0: a']);
  await clock.advance(30_000);
  latest.offer('c');
  await clock.advance(60_000);
  expect(sent).toEqual(['0: a', '30: c']);
});

it('what is taken back before it was sent is not sent', async () => {
  const { clock, sent, latest } = started();
  latest.offer('a');
  await clock.advance(0);
  latest.offer('b');
  latest.offer('a');
  await clock.advance(60_000);
  expect(sent).toEqual(['0: a']);
});

it('is silent for as long as it is asked to be', async () => {
  const { clock, sent, latest } = started(() => 0);
  latest.quietUntil(90_000);
  latest.offer('a');
  latest.offer('b');
  await clock.advance(89_000);
  expect(sent).toEqual([]);
  await clock.advance(1_000);
  expect(sent).toEqual(['90: b']);
});

it('closes at once while it waits, and takes nothing after', async () => {
  const { clock, sent, latest } = started();
  latest.offer('a');
  await clock.advance(0);
  latest.offer('b');
  await latest.close();
  latest.offer('c');
  await clock.advance(90_000);
  expect(sent).toEqual(['0: a']);
});

it('a rollout of a week with news at every poll stays below what GitHub takes', async () => {
  const { clock, sent, latest } = started(pauseMs);
  for (let poll = 0; poll < 7 * 24 * 60; poll++) {
    latest.offer(`${poll}`);
    await clock.advance(60_000);
  }
  expect(sent).toHaveLength(90);
});
