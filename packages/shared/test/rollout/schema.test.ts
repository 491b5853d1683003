import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA_ANNOTATION } from '../../src/cloudrun/release.ts';
import {
  afterMigration,
  breakingBetween,
  type Compatibility,
  describeMisfit,
  downCommand,
  isDown,
  type Migrated,
  misfitsOf,
  readSchema,
  type SchemaHistory,
  withSchema,
} from '../../src/rollout/schema.ts';

let clock = 0;
const migrated = (before: SchemaHistory | undefined, more: Partial<Migrated>): SchemaHistory =>
  afterMigration(before, {
    version: undefined,
    compatibility: undefined,
    down: false,
    at: new Date(++clock * 1000).toISOString(),
    execution: `migrate-api-${clock}`,
    job: 'migrate-api',
    ...more,
  });

type Step = string | [string, Compatibility];
const history = (...steps: [Step, ...Step[]]): SchemaHistory => {
  const [first, ...rest] = steps.map((step) => {
    const [version, compatibility = 'backward'] = typeof step === 'string' ? [step] : step;
    return { version, compatibility } as const;
  });
  return rest.reduce((before, step) => migrated(before, step), migrated(undefined, first ?? {}));
};

const versions = ({ changes }: SchemaHistory) => changes.map(({ version }) => version);
const breaking = (kept: SchemaHistory, expected: string | undefined) =>
  breakingBetween(kept, expected).map(({ version }) => version);

describe('a history', () => {
  it('comes back from the annotations as it was', () => {
    const kept = history('41', ['42', 'breaking']);
    expect(readSchema({ annotations: withSchema({ other: 'x' }, kept) })).toEqual(kept);
    expect(withSchema({ other: 'x' }, kept)).toMatchObject({ other: 'x' });
    expect(readSchema({ annotations: {} })).toBeUndefined();
  });

  it('that cannot be read is an error, not an absent one', () => {
    const annotations = { 'apex.dev/schema-history': '{"current":1}' };
    expect(() => readSchema({ name: 'services/api', annotations })).toThrow(
      /of service api cannot be read.*Nothing was changed.*Correct the annotation/,
    );
  });

  it('keeps what was taken back, until it goes on from there', () => {
    const down = migrated(history('41', ['42', 'breaking']), { version: '41', down: true });
    expect(down.current).toBe('41');
    expect(versions(down)).toEqual(['41', '42']);
    expect(versions(migrated(down, { version: '43' }))).toEqual(['41', '43']);
    expect(migrated(down, { version: '42' })).toMatchObject({ current: '42', changes: down.changes });
  });

  it('puts what it does not know before all, where that was reached by going back', () => {
    const kept = history(['42', 'breaking']);
    const down = migrated(kept, { version: '41', down: true });
    expect(down.current).toBe('41');
    expect(versions(down)).toEqual(['41', '42']);
    expect(breaking(down, undefined)).toEqual([]);
    expect(breaking(down, '42')).toEqual(['42']);
  });

  it('goes one back where a way down names no version', () => {
    const kept = history('41', ['42', 'breaking']);
    const down = migrated(kept, { down: true });
    expect(down.current).toBe('41');
    const further = migrated(down, { down: true, execution: 'migrate-api-x' });
    expect(further.current).toBe('migrate-api-x');
    expect(versions(further)).toEqual(['migrate-api-x', '41', '42']);
  });

  it('stays where a way up names no version, unless that is breaking', () => {
    const kept = history('41');
    expect(migrated(kept, {})).toEqual(kept);
    expect(migrated(kept, { compatibility: 'backward' })).toEqual(kept);
    expect(migrated(kept, { compatibility: 'breaking', execution: 'x' }).current).toBe('x');
    expect(migrated(undefined, { execution: 'x' }).current).toBe('x');
  });

  it('takes a correction of what was declared', () => {
    const kept = history('41', '42');
    const corrected = migrated(kept, { version: '42', compatibility: 'breaking' });
    expect(breaking(corrected, '41')).toEqual(['42']);
    expect(migrated(corrected, { version: '42' })).toEqual(corrected);
  });

  it('is not changed by what it knows already', () => {
    const kept = history('41', ['42', 'breaking']);
    const down = migrated(kept, { version: '41', compatibility: 'breaking', execution: 'migrate-api-x' });
    const again = { version: '41', compatibility: 'breaking', execution: 'migrate-api-x' } as const;
    expect(migrated(down, again)).toBe(down);
    const unnamed = migrated(kept, { down: true, execution: 'migrate-api-y' });
    expect(migrated(unnamed, { down: true, execution: 'migrate-api-y' })).toBe(unnamed);
  });

  it('is not changed by a migration that ended before the last one', () => {
    const kept = history('42', '43');
    expect(migrated(kept, { version: '42', at: '1970-01-01T00:00:00.000Z' })).toBe(kept);
  });
});

describe('what lies between', () => {
  const kept = history('41', ['42', 'breaking'], '43', ['44', 'breaking'], '45');
  it.each([
    ['45', []],
    ['44', []],
    ['43', ['44']],
    ['42', ['44']],
    ['41', ['42', '44']],
    [undefined, ['42', '44']],
  ])('code that expects %s and the schema 45', (expected, between) => {
    expect(breaking(kept, expected)).toEqual(between);
  });

  it('counts in the other direction, too', () => {
    const down = migrated(kept, { version: '43', down: true });
    expect(breaking(down, '45')).toEqual(['44']);
    expect(breaking(down, '43')).toEqual([]);
  });

  it('is nothing for whatever expects what is there, and nothing without a breaking migration', () => {
    const step = fc.record({
      version: fc.option(fc.stringMatching(/^[a-e]$/), { nil: undefined }),
      compatibility: fc.constantFrom<Compatibility>('backward', 'breaking'),
      down: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const all = steps.reduce<SchemaHistory | undefined>(
          (before, each) => migrated(before, each),
          undefined,
        );
        const none = steps.reduce<SchemaHistory | undefined>(
          (before, each) => migrated(before, { ...each, compatibility: 'backward' }),
          undefined,
        );
        if (!all || !none) throw new Error('no history');
        expect(breaking(all, all.current)).toEqual([]);
        expect(versions(all)).toContain(all.current);
        expect(new Set(versions(all)).size).toBe(all.changes.length);
        for (const version of [undefined, ...versions(none)]) expect(breaking(none, version)).toEqual([]);
      }),
    );
  });
});

it('names the revisions that do not fit, or of which that is not known', () => {
  const kept = history('41', ['42', 'breaking']);
  const revision = (id: string, schema?: string) => ({
    name: `projects/p/revisions/${id}`,
    annotations: schema === undefined ? {} : { [SCHEMA_ANNOTATION]: schema },
  });
  const revisions = [
    revision('api-1'),
    revision('api-2', '41'),
    revision('api-3', '42'),
    revision('api-4', '7'),
  ];
  expect(misfitsOf(kept, revisions).map(describeMisfit)).toEqual([
    'api-1 expects the schema before the first migration remembered, and 42 is breaking',
    'api-2 expects schema 41, and 42 is breaking',
    'api-4 expects schema 7, which the history does not know',
  ]);
});

it.each([
  [['down'], ['down'], undefined, true],
  [['down'], ['down'], 'breaking', true],
  [['downgrade', '41'], ['downgrade', '{version}'], undefined, true],
  [['migrate', '43'], ['migrate', '{version}'], 'breaking', false],
  [['down', '--to=41'], ['down', '--to={version}'], undefined, true],
  [['up'], ['down'], undefined, false],
  [['upgrade', '41'], ['downgrade', '{version}'], undefined, false],
  [['down', 'x'], ['down'], undefined, false],
  [[], undefined, undefined, false],
] as const)('%j is a way down by %j, declared as %s: %s', (args, downArgs, declared, expected) => {
  expect(isDown(args, downArgs, declared)).toBe(expected);
});

it.each([
  [undefined, '41', '…'],
  [['downgrade', '{version}'], '41', 'downgrade,41'],
  [['downgrade', '{version}'], undefined, 'downgrade,VERSION'],
  [['down', '--to={version}', 'a b'], '41', "'down,--to=41,a b'"],
  [['down', 'a,b'], '41', "'^;^down;a,b'"],
  [["it's"], '41', "'it'\\''s'"],
])('the command of a way down %j to %s', (downArgs, version, given) => {
  const kept = history('41', '42');
  const known = downArgs ? { ...kept, downArgs } : kept;
  expect(downCommand(known, { project: 'p', region: 'r' }, version)).toBe(
    `gcloud run jobs execute migrate-api --project=p --region=r --wait --args=${given}`,
  );
});
