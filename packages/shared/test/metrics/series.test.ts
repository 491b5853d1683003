import { lastServed } from '@apex-actions/shared/metrics/last-served';
import { collect, gridBetween, intervalsOf } from '@apex-actions/shared/metrics/series';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const grid = { startMs: 60_000, endMs: 240_000, periodMs: 60_000 };

function point(endMs: number, value: object) {
  const time = (ms: number) => ({ seconds: String(ms / 1000), nanos: 0 });
  return { interval: { startTime: time(endMs - 60_000), endTime: time(endMs) }, value };
}

function requests(revision: string, responseClass: string, byEnd: Record<number, number>) {
  return {
    resource: { labels: { revision_name: revision } },
    metric: { labels: { response_code_class: responseClass } },
    points: Object.entries(byEnd).map(([endMs, count]) =>
      point(Number(endMs), { int64Value: String(count) }),
    ),
  };
}

describe('a grid', () => {
  it('holds whole intervals of one fixed raster, whenever it is asked for', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e6), fc.constantFrom(1000, 60_000), (start, length, periodMs) => {
        const { startMs, endMs } = gridBetween(start, start + length, periodMs);
        expect([startMs % periodMs, endMs % periodMs]).toEqual([0, 0]);
        expect(startMs).toBeLessThanOrEqual(start);
        expect(endMs).toBeLessThanOrEqual(start + length);
        expect(endMs).toBeGreaterThanOrEqual(startMs);
      }),
    );
  });
});

describe('evidence from time series', () => {
  it('puts points where their interval is, in whatever order they come', () => {
    const series = [requests('canary', '2xx', { 240000: 3, 120000: 1, 180000: 2 })];
    const intervals = intervalsOf(collect(series, grid), grid, 'canary', () => 10);
    expect(intervals.map(({ canary }) => canary.requests)).toEqual([1, 2, 3]);
    expect(intervals.map(({ startMs }) => startMs)).toEqual([60_000, 120_000, 180_000]);
  });

  it('takes 2xx without 5xx for no errors, and adds up classes', () => {
    const series = [
      requests('canary', '2xx', { 120000: 90, 180000: 50 }),
      requests('canary', '5xx', { 120000: 10 }),
      requests('canary', '4xx', { 120000: 5 }),
    ];
    const [first, second, third] = intervalsOf(collect(series, grid), grid, 'canary', () => 10);
    expect(first?.canary).toMatchObject({ requests: 105, errors: 10 });
    expect(second?.canary).toMatchObject({ requests: 50, errors: 0 });
    expect(third?.canary).toMatchObject({ requests: 0, errors: 0 });
  });

  it('counts every other revision as stable', () => {
    const series = [
      requests('canary', '2xx', { 120000: 1 }),
      requests('one', '2xx', { 120000: 10 }),
      requests('two', '5xx', { 120000: 5 }),
    ];
    const [first] = intervalsOf(collect(series, grid), grid, 'canary', () => 10);
    expect(first?.stable).toMatchObject({ requests: 15, errors: 5 });
  });

  it('leaves out points beyond the grid', () => {
    const series = [requests('canary', '2xx', { 60000: 7, 300000: 9, 120000: 1 })];
    const intervals = intervalsOf(collect(series, grid), grid, 'canary', () => 10);
    expect(intervals.map(({ canary }) => canary.requests)).toEqual([1, 0, 0]);
  });

  it.each([
    [
      'exponential',
      { exponentialBuckets: { numFiniteBuckets: 2, growthFactor: 2, scale: 10 } },
      [10, 20, 40],
    ],
    ['linear', { linearBuckets: { numFiniteBuckets: 2, width: 5, offset: 10 } }, [10, 15, 20]],
    ['explicit', { explicitBuckets: { bounds: [1, 10, 100] } }, [1, 10, 100]],
  ])('reads %s buckets, with trailing empty ones left out', (_, bucketOptions, boundsMs) => {
    const series = [
      {
        resource: { labels: { revision_name: 'canary' } },
        points: [
          point(120_000, { distributionValue: { count: '3', bucketOptions, bucketCounts: ['1', '2'] } }),
        ],
      },
    ];
    const [first] = intervalsOf(collect(series, grid), grid, 'canary', () => 10);
    expect(first?.canary.latencies).toEqual({ boundsMs, counts: [1, 2, 0, 0] });
  });
});

describe('who served last', () => {
  it('is the revision with most of the requests of an interval, by its latest such interval', () => {
    const series = [
      requests('one', '2xx', { 120000: 90, 180000: 90, 240000: 1 }),
      requests('two', '2xx', { 180000: 10, 240000: 99 }),
      requests('preview', '2xx', { 240000: 5 }),
    ];
    const found = lastServed(collect(series, grid));
    expect(found.map(({ revision }) => revision)).toEqual(['one', 'two']);
    expect(found[0]?.atMs).toBeLessThan(found[1]?.atMs ?? 0);
  });
});
