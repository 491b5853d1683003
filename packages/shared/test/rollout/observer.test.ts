import { noCounts } from '@apex-actions/shared/analysis/evidence';
import type { CountsByRevision } from '@apex-actions/shared/metrics/series';
import { Observer } from '@apex-actions/shared/rollout/observer';
import { expect, it } from 'vitest';

const MINUTE = 60_000;
const VISIBILITY = { periodMs: MINUTE, delayMs: 4 * MINUTE };
const arm = (requests: number, errors: number) => ({ requests, errors, latencies: undefined });

function observerAt(nowMs: number, counts: CountsByRevision): Observer {
  const metrics = {
    timing: () => Promise.reject(new Error('not asked')),
    counts: () => Promise.resolve(counts),
    gauge: () => Promise.reject(new Error('not asked')),
  };
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  return new Observer(metrics, clock, VISIBILITY, 'canary', { gauges: [], prober: undefined });
}

const everyMinute = (minutes: number, counts: ReturnType<typeof arm>) =>
  new Map(Array.from({ length: minutes }, (_, i) => [i * MINUTE, counts]));

it.each([
  ['began to be checked in the minute of its first users', undefined, 2],
  ['gave its last bad answer to a check in that minute', 2.4 * MINUTE, 3],
  ['gave it in the minute before', 1.9 * MINUTE, 2],
])('evidence of a canary that %s', async (_, badUntilMs, firstMinute) => {
  const counts: CountsByRevision = new Map([['canary', everyMinute(10, arm(10, 0))]]);
  const observer = observerAt(10 * MINUTE, counts);
  if (badUntilMs !== undefined) observer.ignoreUntil(badUntilMs);
  observer.shifted(10, 2.5 * MINUTE);
  const { evidence } = await observer.observe(MINUTE);
  expect(evidence.all.map(({ startMs }) => startMs / MINUTE)).toEqual(
    [2, 3, 4, 5].filter((minute) => minute >= firstMinute),
  );
  expect(evidence.step.map(({ startMs }) => startMs / MINUTE)).toEqual([3, 4, 5]);
});

it('there is no evidence yet while the only interval is one with bad answers to checks', async () => {
  const observer = observerAt(7 * MINUTE, new Map());
  observer.ignoreUntil(2.4 * MINUTE);
  observer.shifted(10, 2.5 * MINUTE);
  expect((await observer.observe(MINUTE)).evidence.all).toEqual([]);
});

it('what stable showed before does not include revisions that users had to flee', async () => {
  const counts: CountsByRevision = new Map([
    ['stable', everyMinute(60, arm(100, 1))],
    ['fled', everyMinute(60, arm(50, 25))],
    ['canary', everyMinute(60, arm(7, 7))],
  ]);
  const observer = observerAt(64 * MINUTE, counts);
  const { counts: before } = await observer.rememberStable(new Set(['fled']));
  expect(before).toEqual({ ...noCounts, requests: 6000, errors: 60 });
});
