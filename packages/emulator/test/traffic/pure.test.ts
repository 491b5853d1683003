import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawImpact } from '../../src/traffic/faults.ts';
import { type ImageMapping, mappingOf } from '../../src/traffic/images.ts';
import { chooseRevision } from '../../src/traffic/routing.ts';

describe('chooseRevision', () => {
  it('gives every revision exactly its share of evenly spread draws', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 6 }), (percents) => {
        const targets = percents.map((percent, index) => ({ revision: `r${index}`, percent }));
        const total = percents.reduce((sum, percent) => sum + percent, 0);
        fc.pre(total > 0);
        const counts = percents.map(() => 0);
        for (let draw = 0; draw < total; draw += 1) {
          const chosen = chooseRevision(targets, (draw + 0.5) / total);
          const index = targets.findIndex(({ revision }) => revision === chosen);
          counts[index] = (counts[index] ?? 0) + 1;
        }
        expect(counts).toEqual(percents);
      }),
    );
  });

  it('never chooses a revision at 0 %, and nothing where there is none', () => {
    const targets = [
      { revision: 'none', percent: 0 },
      { revision: 'all', percent: 100 },
    ];
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (uniform) => {
        expect(chooseRevision(targets, uniform)).toBe('all');
      }),
    );
    expect(chooseRevision([], 0)).toBeUndefined();
  });
});

describe('mappingOf', () => {
  const mapping = (image: string): ImageMapping => ({ image, command: [], env: {}, directory: '.' });
  const digest = `sha256:${'a'.repeat(64)}`;
  const mappings = ['host:5000/app', 'host:5000/app:v2', `host:5000/app@${digest}`, 'other:latest'].map(
    mapping,
  );

  it.each([
    ['host:5000/app', 'host:5000/app'],
    ['host:5000/app:v1', 'host:5000/app'],
    ['host:5000/app:v2', 'host:5000/app:v2'],
    [`host:5000/app@${digest}`, `host:5000/app@${digest}`],
    [`host:5000/app:v2@${digest}`, `host:5000/app@${digest}`],
    [`host:5000/app:v2@sha256:${'b'.repeat(64)}`, 'host:5000/app:v2'],
    ['other', 'other:latest'],
    ['other:v1', undefined],
    ['host:5000/app2', undefined],
    ['host:5000/app/sub', undefined],
  ])('%s is %s', (image, expected) => {
    expect(mappingOf(image, mappings)?.image).toBe(expected);
  });
});

describe('drawImpact', () => {
  it('fails and delays by the drawn numbers; delays add up and the first failure wins', () => {
    const draws = (...values: number[]) => {
      const rest = values.slice();
      return () => rest.shift() ?? Number.NaN;
    };
    expect(drawImpact([undefined, undefined], draws())).toEqual({ delayMs: 0, status: undefined });
    expect(drawImpact([{ failShare: 0.3 }], draws(0.29))).toEqual({ delayMs: 0, status: 500 });
    expect(drawImpact([{ failShare: 0.3 }], draws(0.3))).toEqual({ delayMs: 0, status: undefined });
    expect(drawImpact([{ delayMs: 5, delayShare: 0.5 }], draws(0.6))).toEqual({
      delayMs: 0,
      status: undefined,
    });
    expect(
      drawImpact(
        [
          { failShare: 1, status: 503, delayMs: 5 },
          { failShare: 1, status: 429, delayMs: 7 },
        ],
        draws(0, 0, 0, 0),
      ),
    ).toEqual({ delayMs: 12, status: 503 });
  });
});
