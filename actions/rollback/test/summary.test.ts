import { describe, expect, it } from 'vitest';
import { type RollbackReport, rollbackSummary } from '../src/summary.ts';

const NOW_MS = Date.parse('2026-11-21T14:00:00Z');
const moved: RollbackReport = {
  id: { project: 'my-project', region: 'europe-west1', service: 'shop' },
  before: [{ revision: 'shop-00042-abc', percent: 100 }],
  after: [{ revision: 'shop-00041-def', percent: 100 }],
  how: 'named in full',
  reason: 'customers see | old prices',
  nowMs: NOW_MS,
  done: { kind: 'moved', durationMs: 3200, exposed: { ms: 240_000, exact: true }, problem: undefined },
};

const firstTwo = (report: RollbackReport) => rollbackSummary(report).split('\n\n').slice(0, 2).join(' ');

describe('the first words of a rollback', () => {
  it.each<[string, RollbackReport['done'], string]>([
    [
      'that moved users',
      moved.done,
      '## ⏪ Rolled back: `shop` **Users have `shop-00041-def` again.** It took 3.2s; they were on `shop-00042-abc` for 4m.',
    ],
    [
      'from a revision of which only the creation is known',
      {
        ...moved.done,
        kind: 'moved',
        durationMs: 900,
        exposed: { ms: 240_000, exact: false },
        problem: undefined,
      },
      '## ⏪ Rolled back: `shop` **Users have `shop-00041-def` again.** It took 900ms; they were on `shop-00042-abc` for at most 4m.',
    ],
    [
      'to a revision that does not answer',
      { kind: 'moved', durationMs: 900, exposed: undefined, problem: 'GET /health answered 500' },
      '## ⚠️ Rolled back, and it does not answer: `shop` **Users have `shop-00041-def` again.** It took 900ms; since when they were on `shop-00042-abc` is not known. The service does not answer as it should: `GET /health answered 500`.',
    ],
    [
      'that was tried dry',
      { kind: 'dry run' },
      '## ⏪ Dry run of a rollback: `shop` **Nothing was changed.** Users would go from `shop-00042-abc` to `shop-00041-def`.',
    ],
    [
      'with nothing to do',
      { kind: 'nothing to do' },
      '## ⏪ Nothing to roll back: `shop` **Users have `shop-00042-abc` already.**',
    ],
  ])('%s', (_, done, expected) => {
    expect(firstTwo({ ...moved, done })).toBe(expected);
  });
});

describe('the summary of a rollback', () => {
  it('links to the errors of the left revision while users had it', () => {
    const query = decodeURIComponent(
      /Its errors\]\([^)]*;query=([^?]*)/.exec(rollbackSummary(moved))?.[1] ?? '',
    );
    expect(query).toContain('resource.labels.revision_name="shop-00042-abc"');
    expect(query).toContain('timestamp>="2026-11-21T13:55:56.800Z"');
  });

  it('is never over 64 KiB', () => {
    const huge = { ...moved, how: '😀'.repeat(1e5), id: { ...moved.id, project: 'x'.repeat(1e5) } };
    expect(Buffer.byteLength(rollbackSummary(huge))).toBeLessThanOrEqual(65_536);
  });
});
