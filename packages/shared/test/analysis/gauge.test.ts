import { type GaugeCheck, rowsOutside } from '@apex-actions/shared/analysis/gauge';
import { assess } from '@apex-actions/shared/analysis/verdict';
import { gaugeValues, parseGauges } from '@apex-actions/shared/metrics/gauge';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arm, interval, policy } from './support.ts';

const check: GaugeCheck = { name: 'queue', max: 1000, intervals: 3 };

describe('a gauge', () => {
  it.each([
    ['never outside', [1, 2, 3], 0, 0],
    ['at its limit', [1000, 1000], 0, 0],
    ['outside now', [1, 2000, 2000], 2, 2],
    ['outside before', [2000, 2000, 2000, 1], 0, 3],
    ['not seen in between', [2000, undefined, 2000, undefined], 2, 2],
    ['never seen', [undefined, undefined], 0, 0],
  ])('%s', (_, values, now, longest) => {
    expect(rowsOutside({ check, values })).toEqual({ now, longest });
  });

  it('is judged the same with values missing anywhere', () => {
    const value = fc.option(fc.integer({ min: 900, max: 1100 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const seen = values.filter((each) => each !== undefined);
        expect(rowsOutside({ check, values })).toEqual(rowsOutside({ check, values: seen }));
      }),
    );
  });

  it('may have a least value too', () => {
    expect(rowsOutside({ check: { name: 'g', min: 5, intervals: 1 }, values: [6, 4] }).now).toBe(1);
  });
});

describe('the verdict with a gauge', () => {
  const one = interval(arm(1000, 0), arm(1000, 0));
  const verdict = (values: (number | undefined)[]) =>
    assess(policy, { all: [one], step: [one], bakeCovered: true, gauges: [{ check, values }] });

  it('is failing after so many intervals in a row, and names the values', () => {
    expect(verdict([2000, undefined, 3000, 4000])).toMatchObject({
      verdict: 'failing',
      check: 'queue',
      reason: 'queue: 2000, 3000, 4000, where above 1000 in 3 intervals in a row fails',
    });
  });

  it('is not healthy while the value is outside, and healthy again after', () => {
    expect(verdict([1, 2000])).toMatchObject({ verdict: 'inconclusive', check: 'queue' });
    expect(verdict([1, 2000, 1]).verdict).toBe('healthy');
  });

  it('is decided by the requests where the gauge has no value', () => {
    expect(verdict([undefined]).verdict).toBe('healthy');
  });
});

describe('the input `checks`', () => {
  it('is read with its defaults', () => {
    const text = '- name: queue\n  metric: custom.googleapis.com/queue_depth\n  max: 1000\n';
    expect(parseGauges(text)).toEqual({
      ok: true,
      gauges: [
        {
          name: 'queue',
          metric: 'custom.googleapis.com/queue_depth',
          align: 'mean',
          reduce: 'max',
          max: 1000,
          intervals: 3,
        },
      ],
    });
  });

  it.each([
    ['- name: a', '0.metric'],
    ['- {name: a, metric: a.b/c}', 'needs `max` or `min`'],
    ['- {name: a, metric: a.b/c, max: 1, min: 2}', '`min` is above `max`'],
    ['- {name: a, metric: a.b/c, max: 1, intervals: 0}', '0.intervals'],
    ['- {name: a, metric: a.b/c, max: 1, limit: 2}', 'limit'],
    ['- {name: a, metric: a.b/c, max: 1}\n- {name: a, metric: a.b/c, min: 1}', 'two checks are named "a"'],
    ['- {name: "::error::", metric: a.b/c, max: 1}', '0.name'],
    ['[', 'Flow sequence'],
    ['5', 'expected array'],
  ])('%s is refused', (text, problem) => {
    const parsed = parseGauges(text);
    expect(parsed.ok ? '' : parsed.problem).toContain(problem);
  });
});

describe('the values of a metric', () => {
  it('are sorted into the grid by their end, in any order, with what is missing left out', () => {
    const grid = { startMs: 0, endMs: 180_000, periodMs: 60_000 };
    const point = (end: number, value: object) => ({ interval: { endTime: { seconds: end } }, value });
    const points = [
      point(180, { doubleValue: 3 }),
      point(60, { int64Value: 1 }),
      point(600, { doubleValue: 9 }),
    ];
    expect(gaugeValues(points, grid)).toEqual([1, undefined, 3]);
  });
});
