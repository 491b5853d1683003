import {
  blend,
  describeTargets,
  type Split,
  servingSplit,
  trafficFor,
  withoutTags,
} from '@apex-actions/shared/cloudrun/traffic';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const splits: fc.Arbitrary<Split> = fc
  .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 })
  .map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const parts = weights.map((weight, i) => ({
      revision: `api-0000${i}-aaa`,
      percent: Math.floor((weight * 100) / total),
    }));
    const missing = 100 - parts.reduce((sum, part) => sum + part.percent, 0);
    return parts
      .map((part, i) => (i === 0 ? { ...part, percent: part.percent + missing } : part))
      .filter((part) => part.percent > 0);
  });

describe('blend', () => {
  it('always gives whole percentages that sum to 100, and the canary exactly what it was given', () => {
    fc.assert(
      fc.property(splits, fc.integer({ min: 0, max: 100 }), (stable, percent) => {
        const blended = blend(stable, 'api-canary', percent);
        expect(blended.reduce((sum, part) => sum + part.percent, 0)).toBe(100);
        expect(blended.every((part) => Number.isInteger(part.percent) && part.percent > 0)).toBe(true);
        expect(blended.find((part) => part.revision === 'api-canary')?.percent ?? 0).toBe(percent);
      }),
    );
  });

  it('keeps the proportions of a split stable to within one per cent', () => {
    fc.assert(
      fc.property(splits, fc.integer({ min: 0, max: 100 }), (stable, percent) => {
        for (const { revision, percent: got } of blend(stable, 'api-canary', percent)) {
          const was = stable.find((part) => part.revision === revision);
          if (was) expect(Math.abs(got - (was.percent * (100 - percent)) / 100)).toBeLessThan(1);
        }
      }),
    );
  });

  it('restores the recorded split exactly at 0 %', () => {
    fc.assert(
      fc.property(splits, (stable) => {
        expect(blend(stable, 'api-canary', 0)).toEqual(stable);
      }),
    );
  });

  it.each([
    [[50, 50], 25, [38, 37, 25]],
    [[90, 10], 10, [81, 9, 10]],
    [[34, 33, 33], 50, [17, 17, 16, 50]],
  ])('splits stable %j under a canary of %i %% as %j', (stable, percent, expected) => {
    const parts = stable.map((share, i) => ({ revision: `r${i}`, percent: share }));
    expect(blend(parts, 'canary', percent).map((part) => part.percent)).toEqual(expected);
  });
});

describe('trafficFor', () => {
  const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
  const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';

  it('never gives users to LATEST, keeps the tags of others at 0 %, and sets our own', () => {
    const current = [
      { type: LATEST, percent: 100 },
      { type: REVISION, revision: 'api-00001-aaa', percent: 0, tag: 'pr-12' },
      { type: LATEST, percent: 0, tag: 'preview' },
    ] as const;
    const traffic = trafficFor(current, [{ revision: 'api-00002-bbb', percent: 100 }], {
      tag: 'canary',
      revision: 'api-00003-ccc',
    });
    expect(traffic).toEqual([
      { type: REVISION, revision: 'api-00002-bbb', percent: 100 },
      { type: REVISION, revision: 'api-00001-aaa', percent: 0, tag: 'pr-12' },
      { type: LATEST, percent: 0, tag: 'preview' },
      { type: REVISION, revision: 'api-00003-ccc', percent: 0, tag: 'canary' },
    ]);
  });

  it('takes our tag away and leaves the others', () => {
    const current = [
      { type: REVISION, revision: 'api-00001-aaa', percent: 100 },
      { type: REVISION, revision: 'api-00002-bbb', percent: 0, tag: 'canary' },
      { type: REVISION, revision: 'api-00002-bbb', percent: 0, tag: 'keep' },
    ] as const;
    const traffic = trafficFor(current, [{ revision: 'api-00001-aaa', percent: 100 }], {
      tag: 'canary',
      revision: undefined,
    });
    expect(traffic.map((target) => target.tag)).toEqual([undefined, 'keep']);
  });

  it('keeps a tag that stands on a serving target', () => {
    const current = [{ type: REVISION, revision: 'api-00001-aaa', percent: 100, tag: 'blue' }] as const;
    const traffic = trafficFor(current, [{ revision: 'api-00001-aaa', percent: 100 }]);
    expect(traffic).toEqual([
      { type: REVISION, revision: 'api-00001-aaa', percent: 100 },
      { type: REVISION, revision: 'api-00001-aaa', percent: 0, tag: 'blue' },
    ]);
  });
});

describe('reading traffic', () => {
  it('resolves LATEST to the revision that serves, and adds up targets of one revision', () => {
    const service = {
      latestReadyRevision: 'projects/p/locations/r/services/api/revisions/api-00002-bbb',
      trafficStatuses: [
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' as const, percent: 40 },
        {
          type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const,
          revision: 'api-00002-bbb',
          percent: 10,
          tag: 'x',
        },
        { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const, revision: 'api-00001-aaa', percent: 50 },
      ],
    };
    expect(servingSplit(service)).toEqual([
      { revision: 'api-00002-bbb', percent: 50 },
      { revision: 'api-00001-aaa', percent: 50 },
    ]);
  });

  it('compares what was asked for regardless of order and of tags at 0 %', () => {
    const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const;
    const a = [
      { type: REVISION, revision: 'b', percent: 10 },
      { type: REVISION, revision: 'a', percent: 90 },
      { type: REVISION, revision: 'c', percent: 0, tag: 'pr-1' },
    ];
    const b = [
      { type: REVISION, revision: 'projects/p/locations/r/services/s/revisions/a', percent: 90 },
      { type: REVISION, revision: 'b', percent: 10 },
    ];
    expect(describeTargets(a)).toBe(describeTargets(b));
    expect(describeTargets([])).toBe('LATEST 100 %');
  });
});

it('takes tags away that point where they are said to, and users from nobody', () => {
  const to = (revision: string, percent: number, tag = '') => ({ revision, percent, tag });
  const current = [
    to('shop-1', 70),
    to('shop-2', 20, 'canary'),
    to('shop-3', 10, 'pr-7'),
    to('shop-1', 0, 'stable'),
    to('shop-4', 0, 'other'),
  ];
  const ours = [
    { tag: 'canary', revision: 'shop-2' },
    { tag: 'stable', revision: 'shop-1' },
    { tag: 'other', revision: 'shop-2' },
  ];
  expect(withoutTags(current, ours)).toEqual([
    to('shop-1', 70),
    { revision: 'shop-2', percent: 20 },
    to('shop-3', 10, 'pr-7'),
    to('shop-4', 0, 'other'),
  ]);
});
