import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA_ANNOTATION } from '../../src/cloudrun/release.ts';
import {
  breakingBetween,
  type Compatibility,
  describeMisfit,
  downCommand,
  misfitsOf,
  readSchema,
  type SchemaHistory,
  withChange,
  withSchema,
} from '../../src/rollout/schema.ts';

const at = '2026-11-21T08:00:00.000Z';
const JOB = { job: 'migrate-api' };

const migrated = (
  before: SchemaHistory | undefined,
  version: string,
  compatibility: Compatibility = 'backward',
) => withChange(before, { version, compatibility, at }, JOB);

const history = (...versions: [string, Compatibility?][]) =>
  versions.reduce<SchemaHistory | undefined>(
    (before, [version, how]) => migrated(before, version, how),
    undefined,
  );

const required = (value: SchemaHistory | undefined): SchemaHistory => {
  if (!value) throw new Error('no history');
  return value;
};

describe('a history', () => {
  it('comes back from the annotations as it was', () => {
    const kept = required(history(['41'], ['42', 'breaking']));
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
    const down = required(history(['41'], ['42', 'breaking'], ['41']));
    expect(down).toMatchObject({ current: '41', changes: [{ version: '41' }, { version: '42' }] });
    expect(migrated(down, '43').changes.map(({ version }) => version)).toEqual(['41', '43']);
    expect(migrated(down, '42')).toMatchObject({ current: '42', changes: down.changes });
  });

  it('keeps the last 20', () => {
    const versions = Array.from({ length: 30 }, (_, i): [string] => [String(i)]);
    expect(required(history(...versions)).changes.map(({ version }) => version)).toEqual(
      versions.slice(10).map(([version]) => version),
    );
  });
});

describe('what lies between', () => {
  const kept = required(history(['41'], ['42', 'breaking'], ['43'], ['44', 'breaking'], ['45']));
  it.each([
    ['45', []],
    ['44', []],
    ['43', ['44']],
    ['42', ['44']],
    ['41', ['42', 'breaking', '44']],
    [undefined, ['42', '44']],
    ['7', ['42', '44']],
  ])('code that expects %s and the schema 45', (expected, versions) => {
    expect(breakingBetween(kept, expected).map(({ version }) => version)).toEqual(
      versions.filter((version) => version !== 'breaking'),
    );
  });

  it('counts in the other direction, too', () => {
    const down = migrated(kept, '43');
    expect(breakingBetween(down, '45').map(({ version }) => version)).toEqual(['44']);
    expect(breakingBetween(down, '43')).toEqual([]);
  });

  it('is nothing for whatever expects what is there, and nothing without a breaking migration', () => {
    const changes = fc.array(
      fc.tuple(fc.string({ minLength: 1 }), fc.constantFrom<Compatibility>('backward', 'breaking')),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(changes, fc.option(fc.string(), { nil: undefined }), (all, other) => {
        const some = required(history(...all));
        expect(breakingBetween(some, some.current)).toEqual([]);
        const none = required(history(...all.map(([version]): [string] => [version])));
        expect(breakingBetween(none, other)).toEqual([]);
      }),
    );
  });
});

it('names the revisions that do not fit', () => {
  const kept = required(history(['41'], ['42', 'breaking']));
  const revision = (id: string, schema?: string) => ({
    name: `projects/p/revisions/${id}`,
    annotations: schema === undefined ? {} : { [SCHEMA_ANNOTATION]: schema },
  });
  const misfits = misfitsOf(kept, [revision('api-1'), revision('api-2', '41'), revision('api-3', '42')]);
  expect(misfits.map(describeMisfit)).toEqual([
    'api-1 expects the schema before the first migration remembered (42 is breaking)',
    'api-2 expects schema 41 (42 is breaking)',
  ]);
});

it('leaves a version that is not known to be filled in', () => {
  const kept = { ...required(history(['41'])), downArgs: ['down', '{version}'] };
  expect(downCommand(kept, { project: 'p', region: 'r' }, undefined)).toMatch(/--args=down,VERSION$/);
});

it.each([
  [undefined, '…'],
  [['downgrade', '{version}'], 'downgrade,41'],
  [['down', '--to={version}', 'a b'], "'down,--to=41,a b'"],
  [['down', 'a,b'], "'^;^down;a,b'"],
  [["it's"], "'it'\\''s'"],
])('the command of a way down %j', (downArgs, given) => {
  const kept = required(history(['41'], ['42']));
  const known = downArgs ? { ...kept, downArgs } : kept;
  expect(downCommand(known, { project: 'p', region: 'r' }, '41')).toBe(
    `gcloud run jobs execute migrate-api --project=p --region=r --wait --args=${given}`,
  );
});
