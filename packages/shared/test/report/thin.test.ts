import { describe, expect, it } from 'vitest';
import type { JournalInterval, JournalPoll } from '../../src/report/journal.ts';
import { halved, joined, MOST_INTERVALS } from '../../src/report/thin.ts';

const poll = (atMs: number, verdict: JournalPoll['verdict'] = 'inconclusive'): JournalPoll => ({
  atMs,
  phase: 'baking',
  percent: 10,
  coveredMs: atMs,
  verdict,
  reason: 'because',
  holds: false,
  evidence: [],
  gauges: [],
});

const interval = (i: number, percent = 10): JournalInterval => ({
  startMs: i * 1000,
  endMs: (i + 1) * 1000,
  percent,
  canary: {
    requests: 10,
    errors: 1,
    slow: 2,
    p95Ms: i,
    latencies: [
      [i % 3, 4],
      [7, 6],
    ],
  },
  stable: { requests: 90, errors: 0 },
});

describe('polls of a long rollout', () => {
  it('keep where something else was said, and the last', () => {
    const polls = Array.from({ length: 100 }, (_, i) =>
      poll(i, i >= 51 && i < 57 ? 'no-data' : 'inconclusive'),
    );
    const times = halved(polls).map(({ atMs }) => atMs);
    expect(times).toEqual(expect.arrayContaining([0, 50, 51, 56, 57, 99]));
    expect(times.length).toBeLessThan(60);
  });

  it('are halved even where every one says something else', () => {
    const polls = Array.from({ length: 100 }, (_, i) => poll(i, i % 2 ? 'no-data' : 'inconclusive'));
    expect(halved(polls)).toHaveLength(51);
  });
});

describe('intervals', () => {
  it('that fit stay as they are', () => {
    const intervals = Array.from({ length: MOST_INTERVALS }, (_, i) => interval(i));
    expect(joined(intervals, MOST_INTERVALS)).toEqual({ intervals, inOne: 1 });
  });

  it('of a long rollout are joined within a step, and nothing is lost of their counts', () => {
    const intervals = Array.from({ length: 14_400 }, (_, i) => interval(i, i < 7201 ? 10 : 50));
    const { intervals: fewer, inOne } = joined(intervals, MOST_INTERVALS);
    expect(inOne).toBe(8);
    expect(fewer.length).toBeLessThanOrEqual(MOST_INTERVALS);
    const sum = (key: 'requests' | 'errors' | 'slow') =>
      fewer.reduce((total, { canary }) => total + (canary[key] ?? 0), 0);
    expect([sum('requests'), sum('errors'), sum('slow')]).toEqual([144_000, 14_400, 28_800]);
    expect(fewer[0]?.canary).toMatchObject({
      p95Ms: 7,
      latencies: [
        [0, 12],
        [1, 12],
        [2, 8],
        [7, 48],
      ],
    });
    for (const { startMs, percent } of fewer) expect(percent).toBe(startMs < 7_201_000 ? 10 : 50);
  });

  it('with a gap between them are not joined', () => {
    const intervals = Array.from({ length: 3000 }, (_, i) => interval(2 * i));
    expect(joined(intervals, MOST_INTERVALS).intervals).toHaveLength(3000);
  });
});
