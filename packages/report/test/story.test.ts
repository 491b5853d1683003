import { describe, expect, it } from 'vitest';
import { exposureMs, headline } from '../src/story.ts';
import { sampleJournal, sampleRollback } from './support/sample.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('the headline', () => {
  it('tells both arms’ shares, and for how long users had the canary', () => {
    expect(plain(headline(sampleJournal(10)))).toMatch(
      /^Rolled back: [\d.]+ % of the canary’s requests failed, against [\d.]+ % of stable’s; users had it for 10m03s$/,
    );
  });

  it('of a release that nobody had says so', () => {
    const { ending, ...journal } = sampleJournal(1);
    expect(
      headline({
        ...journal,
        shifts: [],
        intervals: [],
        polls: [],
        ending: { outcome: 'rolled-back', verdict: 'failing', reason: 'it did not start', closed: true },
      }),
    ).toBe('Rolled back: it did not start; no user ever had it');
  });

  it('of a step that failed before a rollout is why', () => {
    const { ending, ...journal } = sampleJournal(1);
    expect(headline({ ...journal, shifts: [], error: 'Another rollout is live' })).toBe(
      'Another rollout is live',
    );
  });

  it('of a rollback says who has the users now, and for how long they had what they left', () => {
    expect(plain(headline(sampleRollback()))).toBe(
      'All users have shop-00041-abc; they were on what they left for 10m07s',
    );
  });
});

it('users have a canary until it is taken back, or until the end', () => {
  const { shifts, startMs, endMs } = sampleJournal(2);
  expect(exposureMs({ shifts, endMs })).toBe(123_000);
  expect(exposureMs({ shifts: shifts.slice(0, 2), endMs })).toBe(endMs - startMs - 30_000);
});
