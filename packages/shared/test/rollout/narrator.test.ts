import { createMemoryLog } from '@apex-actions/shared/action/log';
import type { Event } from '@apex-actions/shared/rollout/machine';
import { expect, test } from 'vitest';
import { Narrator } from '../../src/rollout/narrator.ts';
import { assessment, baking, NOW_MS } from './support.ts';

function play(events: readonly Event[]) {
  const log = createMemoryLog();
  const narrator = new Narrator(log, false, () => NOW_MS);
  for (const event of events) narrator.tell(baking, event, { type: 'observe' });
  return log.entries.map(({ level, text }) => [level, text.split(' | ').at(-1)?.slice(0, 60)]);
}

const poll = (seconds: number, coveredMs = 0): Event => ({
  type: 'assessed',
  atMs: NOW_MS + seconds * 1000,
  coveredMs,
  assessment: assessment('no-data'),
});
const blind = (seconds: number, reason = 'UNAVAILABLE'): Event => ({
  type: 'unseen',
  atMs: NOW_MS + seconds * 1000,
  reason,
});

test('polls with nothing new are a line a minute, and say for how long', () => {
  expect(play([0, 15, 30, 45, 60, 75, 120].map((seconds) => poll(seconds)))).toMatchObject(
    [
      ['info', /^the first metrics/],
      ['status', /^nothing new for 15s; the first metrics/],
      ['status', /^nothing new for 30s/],
      ['status', /^nothing new for 45s/],
      ['info', /^nothing new for 1m; /],
      ['status', /^nothing new for 1m15s/],
      ['info', /^nothing new for 2m; /],
    ].map(([level, text]) => [level, expect.stringMatching(text as RegExp)]),
  );
});

test('new figures are told at once', () => {
  expect(play([poll(0), poll(15, 60_000)]).map(([level]) => level)).toEqual(['info', 'info']);
});

test('metrics that cannot be read are one warning for each reason, and a word when they can be read again', () => {
  const told = play([poll(0), blind(15), blind(30), blind(75), blind(90, 'INTERNAL'), poll(105)]);
  expect(told.map(([level, text]) => [level, text?.slice(0, 38)])).toEqual([
    ['info', 'the first metrics of this step are due'],
    ['warning', 'The metrics cannot be read, so nothing'],
    ['status', 'nothing new for 15s; The metrics canno'],
    ['info', 'nothing new for 1m; The metrics cannot'],
    ['warning', 'The metrics cannot be read, so nothing'],
    ['info', 'The metrics can be read again, after 1'],
    ['info', 'the first metrics of this step are due'],
  ]);
});
