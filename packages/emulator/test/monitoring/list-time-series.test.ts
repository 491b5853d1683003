import type { protos } from '@google-cloud/monitoring';
import { describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

type Request = protos.google.monitoring.v3.IListTimeSeriesRequest;
type TimeSeries = protos.google.monitoring.v3.ITimeSeries;

const minute = 60_000;
const start = 1_800_000_000_000;
const countFilter =
  'metric.type = "run.googleapis.com/request_count" AND resource.type = "cloud_run_revision"';
const latencyFilter = 'metric.type = "run.googleapis.com/request_latencies"';
const time = (timeMs: number) => ({ seconds: Math.floor(timeMs / 1000), nanos: (timeMs % 1000) * 1e6 });
const interval = (fromMinute: number, toMinute: number) => ({
  startTime: time(start + fromMinute * minute),
  endTime: time(start + toMinute * minute),
});

async function list({ client }: World, request: Request): Promise<TimeSeries[]> {
  const [series] = await client.listTimeSeries({
    name: 'projects/demo',
    interval: interval(0, 10),
    ...request,
  });
  return series;
}

/** The points of a series as [end in minutes since `start`, value]. */
function points(series: TimeSeries | undefined): [number, number][] {
  return (series?.points ?? []).map(({ interval: within, value }) => [
    (Number(within?.endTime?.seconds) * 1000 - start) / minute,
    Number(value?.int64Value ?? value?.doubleValue ?? value?.distributionValue?.count),
  ]);
}

const delta = {
  alignmentPeriod: { seconds: 60 },
  perSeriesAligner: 'ALIGN_DELTA',
  crossSeriesReducer: 'REDUCE_SUM',
} as const;

describe('samples', () => {
  it('are visible once the ingest delay is over, and not before', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 3);
    it.at(start + minute + 180_000 - 1);
    expect(await list(it, { filter: countFilter })).toEqual([]);
    it.at(start + minute + 180_000);
    const series = await list(it, { filter: countFilter });
    expect(series).toHaveLength(1);
    expect(series[0]).toMatchObject({
      metric: {
        type: 'run.googleapis.com/request_count',
        labels: { response_code: '200', response_code_class: '2xx' },
      },
      resource: {
        type: 'cloud_run_revision',
        labels: {
          project_id: 'demo',
          location: 'europe-west1',
          service_name: 'api',
          revision_name: 'api-1',
          configuration_name: 'api',
        },
      },
      metricKind: 'DELTA',
      valueType: 'INT64',
      unit: '1',
      points: [
        {
          interval: {
            startTime: { seconds: String(start / 1000), nanos: 0 },
            endTime: { seconds: String(start / 1000 + 60), nanos: 0 },
          },
          value: { int64Value: '3', value: 'int64Value' },
        },
      ],
    });
  });

  it('lie on a fixed grid, of which an interval holds its end but not its start', async () => {
    const it = await world();
    it.requests(start, 'api-1', 200, 1);
    it.requests(start + 1, 'api-1', 200, 2);
    it.requests(start + minute, 'api-1', 200, 4);
    it.requests(start + minute + 1, 'api-1', 200, 8);
    it.at(start + 60 * minute);
    const [series] = await list(it, { filter: countFilter, interval: interval(-5, 10) });
    expect(points(series)).toEqual([
      [2, 8],
      [1, 6],
      [0, 1],
    ]);
    const [later] = await list(it, { filter: countFilter, interval: interval(1, 2) });
    expect(points(later)).toEqual([[2, 8]]);
  });

  it('may be a second wide', async () => {
    const it = await world({ samplePeriodMs: 500, ingestDelayMs: 250 });
    it.requests(start + 1, 'api-1', 200, 1);
    it.requests(start + 501, 'api-1', 200, 2);
    it.at(start + 1249);
    const query = {
      filter: countFilter,
      interval: { startTime: time(start), endTime: time(start + 1000) },
      aggregation: { ...delta, alignmentPeriod: { seconds: 0, nanos: 5e8 } },
    };
    expect(points((await list(it, query))[0]).map(([, value]) => value)).toEqual([1]);
    it.at(start + 1250);
    expect(points((await list(it, query))[0]).map(([, value]) => value)).toEqual([2, 1]);
  });

  it('stay as they are while they are held back, and come when they are released', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 1);
    it.requests(start + minute + 1, 'api-1', 200, 2);
    it.at(start + 4 * minute);
    it.monitoring.hold();
    it.at(start + 30 * minute);
    expect(points((await list(it, { filter: countFilter }))[0])).toEqual([[1, 1]]);
    it.monitoring.release();
    expect(points((await list(it, { filter: countFilter }))[0])).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });

  it('may come out of order, each series at its own time, all of them by the ingest delay', async () => {
    const it = await world({ ingestJitterMs: 120_000 });
    for (let code = 200; code < 220; code += 1) it.requests(start + 1, 'api-1', code, 1);
    it.at(start + minute + 60_000 - 1);
    expect(await list(it, { filter: countFilter })).toHaveLength(0);
    it.at(start + minute + 120_000);
    const some = (await list(it, { filter: countFilter })).length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(20);
    it.at(start + minute + 180_000);
    expect(await list(it, { filter: countFilter })).toHaveLength(20);
  });
});

describe('aggregation', () => {
  it('gives both arms and all classes in one call, and drops all other labels', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 90);
    it.requests(start + 1, 'api-1', 201, 5);
    it.requests(start + 1, 'api-1', 503, 1);
    it.requests(start + 1, 'api-2', 500, 4);
    it.requests(start + minute + 1, 'api-2', 200, 6);
    it.at(start + 60 * minute);
    const series = await list(it, {
      filter: `${countFilter} AND resource.labels.service_name = "api"`,
      aggregation: {
        ...delta,
        groupByFields: ['resource.labels.revision_name', 'metric.label."response_code_class"'],
      },
    });
    expect(
      series.map((one) => [
        one.resource?.labels,
        one.metric?.labels,
        points(one),
        one.metricKind,
        one.valueType,
      ]),
    ).toEqual([
      [{ revision_name: 'api-1' }, { response_code_class: '2xx' }, [[1, 95]], 'DELTA', 'INT64'],
      [{ revision_name: 'api-1' }, { response_code_class: '5xx' }, [[1, 1]], 'DELTA', 'INT64'],
      [{ revision_name: 'api-2' }, { response_code_class: '2xx' }, [[2, 6]], 'DELTA', 'INT64'],
      [{ revision_name: 'api-2' }, { response_code_class: '5xx' }, [[1, 4]], 'DELTA', 'INT64'],
    ]);
  });

  it('ends its periods at the end of the request, so that another end splits samples in proportion', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 40);
    it.requests(start + minute + 1, 'api-1', 200, 80);
    it.at(start + 60 * minute);
    const [series] = await list(it, {
      filter: countFilter,
      interval: { startTime: time(start), endTime: time(start + 2.25 * minute) },
      aggregation: delta,
    });
    expect(points(series)).toEqual([
      [2.25, 60],
      [1.25, 50],
      [0.25, 10],
    ]);
  });

  it('rates', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 90);
    it.at(start + 60 * minute);
    const [series] = await list(it, {
      filter: countFilter,
      aggregation: { ...delta, perSeriesAligner: 'ALIGN_RATE' },
    });
    expect(points(series)).toEqual([[1, 1.5]]);
    expect(series).toMatchObject({ metricKind: 'GAUGE', valueType: 'DOUBLE', unit: '1/s' });
    expect(series?.points?.[0]?.interval?.startTime).toEqual(series?.points?.[0]?.interval?.endTime);
  });

  it('gives distributions whose buckets can be counted, and percentiles of them', async () => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 95, 20);
    it.requests(start + 1, 'api-1', 500, 5, 3000);
    it.at(start + 60 * minute);
    const [series] = await list(it, { filter: latencyFilter, aggregation: delta });
    expect(series).toMatchObject({ metricKind: 'DELTA', valueType: 'DISTRIBUTION', unit: 'ms' });
    const distribution = series?.points?.[0]?.value?.distributionValue;
    expect(distribution?.count).toBe('100');
    expect(distribution?.mean).toBeCloseTo(169, 9);
    expect(distribution?.sumOfSquaredDeviation).toBeCloseTo(95 * 149 ** 2 + 5 * 2831 ** 2, 3);
    const buckets = distribution?.bucketOptions?.exponentialBuckets;
    expect(buckets).toEqual({ numFiniteBuckets: 64, growthFactor: Math.SQRT2, scale: 1 });
    const counts = (distribution?.bucketCounts ?? []).map(Number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    // 16 to 22.6 ms is the ninth finite bucket, 2896 to 4096 ms the twenty-fourth.
    expect(counts[9]).toBe(95);
    expect(counts[24]).toBe(5);

    const [p95] = await list(it, {
      filter: latencyFilter,
      aggregation: { ...delta, crossSeriesReducer: 'REDUCE_PERCENTILE_95' },
    });
    expect(p95).toMatchObject({ metricKind: 'GAUGE', valueType: 'DOUBLE', unit: 'ms' });
    expect(points(p95)[0]?.[1]).toBeCloseTo(16 * Math.SQRT2, 9);

    const perSeries = await list(it, {
      filter: latencyFilter,
      aggregation: { alignmentPeriod: { seconds: 60 }, perSeriesAligner: 'ALIGN_PERCENTILE_50' },
    });
    expect(perSeries).toHaveLength(2);
    expect(points(perSeries[1])[0]?.[1]).toBeCloseTo((2 ** 11.5 + 2 ** 12) / 2, 9);
  });

  it('fills the gap between two samples with zero, and has no points beyond', async () => {
    const it = await world();
    it.requests(start + minute + 1, 'api-1', 200, 5);
    it.requests(start + 3 * minute + 1, 'api-1', 200, 7);
    it.at(start + 60 * minute);
    const [series] = await list(it, { filter: countFilter, aggregation: delta });
    expect(points(series)).toEqual([
      [4, 7],
      [3, 0],
      [2, 5],
    ]);
    const [sums] = await list(it, {
      filter: countFilter,
      aggregation: { ...delta, perSeriesAligner: 'ALIGN_SUM' },
    });
    expect(points(sums)).toEqual([
      [4, 7],
      [2, 5],
    ]);
  });
});

describe('pages', () => {
  const request = {
    name: 'projects/demo',
    filter: countFilter,
    interval: interval(0, 10),
    view: 'FULL' as const,
  };

  async function two(): Promise<World> {
    const it = await world();
    for (const revision of ['api-1', 'api-2']) {
      for (let at = 0; at < 3; at += 1) it.requests(start + at * minute + 1, revision, 200, at + 1);
    }
    it.at(start + 60 * minute);
    return it;
  }

  it('count points, and go on within a series', async () => {
    const { client } = await two();
    const seen: [string, number][] = [];
    let pageToken = '';
    let pages = 0;
    do {
      const [series, , response] = await client.listTimeSeries(
        { ...request, pageSize: 2, pageToken },
        { autoPaginate: false },
      );
      for (const one of series) {
        for (const [, value] of points(one)) seen.push([one.resource?.labels?.revision_name ?? '', value]);
      }
      pageToken = response?.nextPageToken ?? '';
      pages += 1;
    } while (pageToken);
    expect(pages).toBe(3);
    expect(seen).toEqual([
      ['api-1', 3],
      ['api-1', 2],
      ['api-1', 1],
      ['api-2', 3],
      ['api-2', 2],
      ['api-2', 1],
    ]);
  });

  it('see what the first page saw', async () => {
    const it = await two();
    it.at(start + 5 * minute);
    const [, , first] = await it.client.listTimeSeries({ ...request, pageSize: 1 }, { autoPaginate: false });
    it.at(start + 60 * minute);
    const rest = await list(it, { ...request, pageToken: first?.nextPageToken ?? null });
    expect(rest.flatMap((series) => points(series))).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
    ]);
  });

  it('count series with view HEADERS, which have no points', async () => {
    const { client } = await two();
    const headers = { ...request, view: 'HEADERS' as const };
    const [series, , response] = await client.listTimeSeries(
      { ...headers, pageSize: 1 },
      { autoPaginate: false },
    );
    expect(series).toHaveLength(1);
    expect(series[0]?.points).toEqual([]);
    expect(response?.nextPageToken).not.toBe('');
    const [all] = await client.listTimeSeries(headers);
    expect(all.map((one) => one.resource?.labels?.revision_name)).toEqual(['api-1', 'api-2']);
  });

  it('refuses the token of another query', async () => {
    const { client } = await two();
    const [, , response] = await client.listTimeSeries({ ...request, pageSize: 1 }, { autoPaginate: false });
    const pageToken = response?.nextPageToken ?? '';
    await expect(
      client.listTimeSeries({ ...request, filter: latencyFilter, pageToken }, { autoPaginate: false }),
    ).rejects.toMatchObject({ code: 3 });
    await expect(
      client.listTimeSeries({ ...request, pageToken: 'junk' }, { autoPaginate: false }),
    ).rejects.toMatchObject({ code: 3 });
  });
});

describe('what cannot be answered is an error', () => {
  const INVALID_ARGUMENT = 3;
  const NOT_FOUND = 5;
  const UNIMPLEMENTED = 12;
  const aligned = (aggregation: object) => ({
    aggregation: { alignmentPeriod: { seconds: 60 }, ...aggregation },
  });

  it.each<[string, Request, number]>([
    ['another project', { name: 'projects/other' }, NOT_FOUND],
    ['an organization', { name: 'organizations/1' }, UNIMPLEMENTED],
    ['a name that is none', { name: 'demo' }, INVALID_ARGUMENT],
    ['no filter', { filter: '' }, INVALID_ARGUMENT],
    ['no metric type', { filter: 'resource.type = "cloud_run_revision"' }, INVALID_ARGUMENT],
    [
      'two metric types',
      { filter: 'metric.type = "run.googleapis.com/request_count" OR metric.type = "x"' },
      INVALID_ARGUMENT,
    ],
    [
      'a prefix of metric types',
      { filter: 'metric.type = starts_with("run.googleapis.com/")' },
      INVALID_ARGUMENT,
    ],
    ['an unknown metric', { filter: 'metric.type = "custom.googleapis.com/x"' }, NOT_FOUND],
    [
      'a metric that is left out',
      { filter: 'metric.type = "run.googleapis.com/container/cpu/utilizations"' },
      UNIMPLEMENTED,
    ],
    [
      'another resource type',
      { filter: `${latencyFilter} AND resource.type = "gce_instance"` },
      INVALID_ARGUMENT,
    ],
    ['an unknown label', { filter: `${latencyFilter} AND metric.labels.status = "200"` }, INVALID_ARGUMENT],
    [
      'a selector that is left out',
      { filter: `${latencyFilter} AND metadata.user_labels.a = "b"` },
      UNIMPLEMENTED,
    ],
    [
      'an operator that is left out',
      { filter: `${latencyFilter} AND metric.labels.response_code > "499"` },
      UNIMPLEMENTED,
    ],
    ['a filter that breaks off', { filter: `${latencyFilter} AND (` }, INVALID_ARGUMENT],
    ['no interval', { interval: null }, INVALID_ARGUMENT],
    ['no start', { interval: { endTime: time(start) } }, INVALID_ARGUMENT],
    ['an empty interval', { interval: interval(1, 1) }, INVALID_ARGUMENT],
    ['an order', { orderBy: 'timestamp' }, INVALID_ARGUMENT],
    ['too short a period', { aggregation: { ...delta, alignmentPeriod: { seconds: 59 } } }, INVALID_ARGUMENT],
    ['no period', { aggregation: { perSeriesAligner: 'ALIGN_DELTA' } }, INVALID_ARGUMENT],
    ['reduction without alignment', { aggregation: { crossSeriesReducer: 'REDUCE_SUM' } }, INVALID_ARGUMENT],
    ['an aligner of gauges', aligned({ perSeriesAligner: 'ALIGN_NEXT_OLDER' }), INVALID_ARGUMENT],
    ['a percentile of counts', aligned({ perSeriesAligner: 'ALIGN_PERCENTILE_95' }), INVALID_ARGUMENT],
    [
      'a rate of distributions',
      { filter: latencyFilter, ...aligned({ perSeriesAligner: 'ALIGN_RATE' }) },
      INVALID_ARGUMENT,
    ],
    ['an aligner that is left out', aligned({ perSeriesAligner: 'ALIGN_MEAN' }), UNIMPLEMENTED],
    [
      'a reducer that is left out',
      aligned({ perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_STDDEV' }),
      UNIMPLEMENTED,
    ],
    [
      'grouping by an unknown label',
      aligned({ ...delta, groupByFields: ['resource.labels.zone'] }),
      INVALID_ARGUMENT,
    ],
    ['a second aggregation', { aggregation: delta, secondaryAggregation: delta }, UNIMPLEMENTED],
  ])('%s', async (_what, request, code) => {
    const it = await world();
    it.requests(start + 1, 'api-1', 200, 1);
    it.at(start + 60 * minute);
    await expect(list(it, { filter: countFilter, ...request })).rejects.toMatchObject({ code });
  });

  it('other methods', async () => {
    const { client } = await world();
    await expect(client.createTimeSeries({ name: 'projects/demo', timeSeries: [] })).rejects.toMatchObject({
      code: UNIMPLEMENTED,
    });
  });
});

describe('descriptors', () => {
  it('tell the sample period and the ingest delay as configured', async () => {
    const { client } = await world({ samplePeriodMs: 1500, ingestDelayMs: 2250 });
    const name = 'projects/demo/metricDescriptors/run.googleapis.com/request_count';
    const [descriptor] = await client.getMetricDescriptor({ name });
    expect(descriptor).toMatchObject({
      name,
      metricKind: 'DELTA',
      valueType: 'INT64',
      metadata: {
        samplePeriod: { seconds: '1', nanos: 500_000_000 },
        ingestDelay: { seconds: '2', nanos: 250_000_000 },
      },
      monitoredResourceTypes: ['cloud_run_revision'],
    });
    await expect(
      client.getMetricDescriptor({ name: 'projects/demo/metricDescriptors/x' }),
    ).rejects.toMatchObject({ code: 5 });
  });

  it('are listed by filter', async () => {
    const { client } = await world();
    const types = async (filter: string): Promise<unknown[]> => {
      const [found] = await client.listMetricDescriptors({ name: 'projects/demo', filter });
      return found.map(({ type }) => type);
    };
    expect(await types('')).toEqual([
      'run.googleapis.com/request_count',
      'run.googleapis.com/request_latencies',
    ]);
    expect(await types('metric.type = ends_with("latencies")')).toEqual([
      'run.googleapis.com/request_latencies',
    ]);
    await expect(types('resource.labels.x = "y"')).rejects.toMatchObject({ code: 3 });
  });
});
