import {
  type HistoryEntry,
  previousRevision,
  readHistory,
  servedSince,
  withHistory,
} from '@apex-actions/shared/rollout/history';
import { describe, expect, it } from 'vitest';

function all(revision: string) {
  return [{ revision, percent: 100 }];
}

function entry(
  outcome: HistoryEntry['outcome'],
  revision: string,
  from: string,
  to: string,
  more: Partial<HistoryEntry> = {},
): HistoryEntry {
  return {
    at: '2026-11-20T10:00:00.000Z',
    outcome,
    revision,
    image: 'i',
    from: all(from),
    to: all(to),
    ...more,
  };
}

describe('previousRevision', () => {
  it('is what held all the traffic before the last promotion', () => {
    expect(previousRevision([entry('promoted', 'r2', 'r1', 'r2')], 'r2')).toBe('r1');
  });

  it('passes over a canary that was rolled back, though it is the second newest revision', () => {
    const history = [
      entry('promoted', 'r4', 'r2', 'r4'),
      entry('rolled-back', 'r3', 'r2', 'r2'),
      entry('promoted', 'r2', 'r1', 'r2'),
    ];
    expect(previousRevision(history, 'r4')).toBe('r2');
  });

  it('does not go back to a revision that somebody fled from', () => {
    const history = [
      entry('rollback', 'r1', 'r2', 'r1'),
      entry('promoted', 'r2', 'r1', 'r2'),
      entry('promoted', 'r1', 'r0', 'r1'),
    ];
    expect(previousRevision(history, 'r1')).toBe('r0');
  });

  it('does not count stable as fled when a rollback took a canary out beside it', () => {
    const split = [
      { revision: 'r1', percent: 75 },
      { revision: 'r2', percent: 25 },
    ];
    const history = [
      entry('promoted', 'r3', 'r1', 'r3'),
      entry('rollback', 'r1', 'x', 'r1', { from: split }),
    ];
    expect(previousRevision(history, 'r3')).toBe('r1');
  });

  it('says nothing when the history does not know', () => {
    expect(previousRevision([], 'r1')).toBeUndefined();
    const split = [
      { revision: 'r1', percent: 50 },
      { revision: 'r0', percent: 50 },
    ];
    expect(previousRevision([entry('promoted', 'r2', 'x', 'r2', { from: split })], 'r2')).toBeUndefined();
  });
});

describe('the history annotation', () => {
  it('keeps the last 20, newest first, and shortens reasons', () => {
    let annotations: Record<string, string> = { mine: 'stays' };
    for (let i = 0; i < 25; i++) {
      annotations = withHistory(
        annotations,
        entry('promoted', `r${i}`, `r${i - 1}`, `r${i}`, { reason: 'x'.repeat(1000) }),
      );
    }
    const history = readHistory({ annotations });
    expect(history.map(({ revision }) => revision)).toEqual(
      Array.from({ length: 20 }, (_, i) => `r${24 - i}`),
    );
    expect(history[0]?.reason).toHaveLength(200);
    expect(annotations.mine).toBe('stays');
  });

  it('reads what it understands and leaves out the rest', () => {
    const good = entry('promoted', 'r2', 'r1', 'r2');
    expect(
      readHistory({ annotations: { 'apex.dev/history': JSON.stringify([{ odd: true }, good]) } }),
    ).toEqual([good]);
    expect(readHistory({ annotations: { 'apex.dev/history': 'no json' } })).toEqual([]);
  });

  it('knows since when a revision has had users', () => {
    const at = '2026-11-20T09:00:00.000Z';
    expect(servedSince([entry('promoted', 'r2', 'r1', 'r2', { servedSince: at })], 'r2')).toBe(at);
    expect(servedSince([entry('rolled-back', 'r3', 'r2', 'r2')], 'r2')).toBeUndefined();
  });
});
