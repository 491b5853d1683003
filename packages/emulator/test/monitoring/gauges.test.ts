import type { protos } from '@google-cloud/monitoring';
import { describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

const minute = 60_000;
const start = 1_800_000_000_000;
const metric = 'custom.googleapis.com/queue_depth';
const time = (timeMs: number) => ({ seconds: Math.floor(timeMs / 1000) });
const resource = (queue: string) => ({ type: 'generic_task', labels: { task_id: queue } });

type Aggregation = protos.google.monitoring.v3.IAggregation;

async function list({ client }: World, aggregation: Aggregation | null, filter = '') {
  const [series] = await client.listTimeSeries({
    name: 'projects/demo',
    filter: `metric.type = "${metric}"${filter}`,
    interval: { startTime: time(start), endTime: time(start + 10 * minute) },
    ...(aggregation ? { aggregation } : {}),
  });
  return series.map(({ resource: of, points }) => ({
    task: of?.labels?.task_id,
    values: (points ?? []).map(({ interval, value }) => [
      (Number(interval?.endTime?.seconds) * 1000 - start) / minute,
      value?.doubleValue,
    ]),
  }));
}

/** Queue a: 5 from 0:30 on, 7 from 2:30 on, gone after 4:30. Queue b: 100 from 1:30 on. Everything is visible. */
async function queues(): Promise<World> {
  const at = await world();
  for (const [task, minutes, value] of [
    ['a', 0.5, 5],
    ['b', 1.5, 100],
    ['a', 2.5, 7],
    ['a', 4.5, null],
  ] as const) {
    at.at(start + minutes * minute);
    at.monitoring.setGauge({ metric, resource: resource(task), value });
  }
  at.at(start + 9 * minute);
  return at;
}

const align = (perSeriesAligner: 'ALIGN_MEAN' | 'ALIGN_MAX' | 'ALIGN_RATE', seconds = 60) => ({
  alignmentPeriod: { seconds },
  perSeriesAligner,
});

describe('a gauge', () => {
  it('is sampled at the end of every interval, newest first, until it is taken away, and comes in late', async () => {
    expect(await list(await queues(), null, ' AND resource.labels.task_id = "a"')).toEqual([
      {
        task: 'a',
        values: [
          [4, 7],
          [3, 7],
          [2, 5],
          [1, 5],
        ],
      },
    ]);
    const [b] = await list(await queues(), null, ' AND resource.labels.task_id = "b"');
    expect(b?.values[0]).toEqual([6, 100]);
  });

  it('is aligned and reduced', async () => {
    const [series] = await list(await queues(), { ...align('ALIGN_MEAN'), crossSeriesReducer: 'REDUCE_MAX' });
    expect(series?.values.toReversed()).toEqual([
      [1, 5],
      [2, 100],
      [3, 100],
      [4, 100],
      [5, 100],
      [6, 100],
    ]);
    const grouped = await list(await queues(), {
      ...align('ALIGN_MAX', 300),
      crossSeriesReducer: 'REDUCE_MEAN',
      groupByFields: ['resource.labels.task_id'],
    });
    expect(grouped.find(({ task }) => task === 'a')?.values).toEqual([[5, 7]]);
  });

  it('is the same one however its labels are given, and keeps its own resource', async () => {
    const at = await world();
    at.at(start);
    const labels = { namespace: 'x', job: 'y' };
    at.monitoring.setGauge({ metric, resource: { type: 'generic_task', labels }, value: 1 });
    at.monitoring.setGauge({ metric, resource: { type: 'global' }, value: 2 });
    at.at(start + 1.5 * minute);
    const same = { type: 'generic_task', labels: { job: 'y', namespace: 'x' } };
    at.monitoring.setGauge({ metric, resource: same, labels: {}, value: null });
    at.at(start + 9 * minute);
    const [series] = await at.client.listTimeSeries({
      name: 'projects/demo',
      filter: `metric.type = "${metric}"`,
      interval: { startTime: time(start), endTime: time(start + 5 * minute) },
    });
    expect(series.map(({ resource: of, points }) => [of?.type, points?.length])).toEqual([
      ['generic_task', 1],
      ['global', 5],
    ]);
  });

  it('of another project is not answered', async () => {
    const { client } = await queues();
    const interval = { startTime: time(start), endTime: time(start + minute) };
    const request = { name: 'projects/other', filter: `metric.type = "${metric}"`, interval };
    await expect(client.listTimeSeries(request)).rejects.toMatchObject({ code: 5 });
  });

  it('cannot be a rate', async () => {
    await expect(list(await queues(), align('ALIGN_RATE'))).rejects.toMatchObject({ code: 3 });
  });

  it('that was never set does not exist', async () => {
    await expect(list(await world(), null)).rejects.toMatchObject({ code: 5 });
  });
});
