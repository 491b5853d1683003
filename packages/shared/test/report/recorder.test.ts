import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/action/clock.ts';
import { createMemoryLog } from '../../src/action/log.ts';
import type { Evidence, Interval } from '../../src/analysis/evidence.ts';
import type { Policy } from '../../src/analysis/policy.ts';
import { assess } from '../../src/analysis/verdict.ts';
import { journalSchema } from '../../src/report/journal.ts';
import { embed, PLACE, readJournal } from '../../src/report/page.ts';
import { createRecorder, type Frame } from '../../src/report/recorder.ts';
import { recordingLog } from '../../src/report/recording-log.ts';

const POLICY: Policy = {
  maxErrorRate: 0,
  maxErrorRatio: 2,
  maxLatencyP95Ms: 100,
  confidence: 0.99,
  watched: false,
  probed: false,
};
const FRAME: Frame = {
  action: 'canary-deploy',
  service: { project: 'p', region: 'r', service: 's' },
  run: {},
  inputs: [],
};

const interval = (i: number, errors = 0): Interval => ({
  startMs: i * 1000,
  endMs: (i + 1) * 1000,
  percent: 10,
  canary: { requests: 10, errors, latencies: { boundsMs: [50, 100], counts: [5, 0, 5] } },
  stable: { requests: 90, errors: 0, latencies: { boundsMs: [50, 100], counts: [90, 0, 0] } },
});

function seen(...all: Interval[]): { evidence: Evidence; coveredMs: number } {
  return { evidence: { all, step: all, bakeCovered: false }, coveredMs: 0 };
}

const stand = { phase: 'baking', percent: 10 };

describe('the recorder', () => {
  it('keeps the last reading of an interval, its slow requests, and evidence that JSON can say', () => {
    const recorder = createRecorder(createManualClock());
    recorder.recordRollout({ stable: [{ revision: 'old', percent: 100 }], policy: POLICY });
    for (const now of [seen(interval(0)), seen(interval(0, 3), interval(1))])
      recorder.recordPoll(stand, now, assess(POLICY, now.evidence));
    const journal = recorder.journal(FRAME);
    expect(journal.intervals.map(({ canary }) => [canary.errors, canary.slow])).toEqual([
      [3, 5],
      [0, 5],
    ]);
    expect(journal.intervals[0]?.canary.latencies).toEqual([
      [0, 5],
      [2, 5],
    ]);
    expect(journal.latencyBoundsMs).toEqual([50, 100]);
    const last = journal.polls.at(-1);
    expect(last).toMatchObject({ verdict: 'failing', check: 'latency-p95' });
    const decided = last?.evidence.find(({ check }) => check === 'latency-p95');
    expect(decided?.log).toBeGreaterThan(decided?.needed ?? Number.NaN);
    expect(journalSchema.parse(JSON.parse(JSON.stringify(journal)))).toEqual(journal);
  });

  it('does not grow with the length of a rollout', () => {
    const clock = createManualClock();
    const recorder = createRecorder(clock);
    const log = recordingLog(createMemoryLog(), recorder);
    const now = seen(interval(0));
    const assessment = assess(POLICY, now.evidence);
    for (let i = 0; i < 14_400; i++) {
      recorder.recordPoll(stand, now, assessment);
      log.info(`poll ${i}`);
    }
    const { polls, log: lines, thinned } = recorder.journal(FRAME);
    expect(polls.length).toBeLessThanOrEqual(2000);
    expect(polls.length + thinned.polls).toBe(14_400);
    expect(lines).toHaveLength(2000);
    expect(lines[0]?.text).toBe('poll 0');
    expect(lines.at(-1)?.text).toBe('poll 14399');
    expect(thinned.lines).toBe(12_400);
  });

  it('never throws, whatever it is told', () => {
    let works = true;
    const recorder = createRecorder({
      nowMs: () => {
        if (works) return 0;
        throw new Error('no clock');
      },
    });
    works = false;
    expect(() => recorder.recordChange('a write')).not.toThrow();
  });
});

it('the log goes on as it was, and its lines are kept with their group', async () => {
  const recorder = createRecorder(createManualClock());
  const inner = createMemoryLog();
  const log = recordingLog(inner, recorder);
  await log.group('Outer', () => log.group('Inner', async () => log.warning('careful')));
  log.debug('detail');
  log.notice('done', { title: 'Title' });
  expect(inner.entries.map(({ text }) => text)).toEqual(['Outer', 'Inner', 'careful', 'detail', 'done']);
  expect(recorder.journal(FRAME).log.map(({ level, group, text }) => [level, group, text])).toEqual([
    ['group', 'Outer', 'Outer'],
    ['group', 'Inner', 'Inner'],
    ['warning', 'Inner', 'careful'],
    ['notice', '', 'done'],
  ]);
});

describe('the page', () => {
  const journal = () =>
    createRecorder(createManualClock()).journal({ ...FRAME, error: '</script><!--\u2028$&' });

  it('holds the journal, and no text of it ends the element', () => {
    const html = embed(`<a>${PLACE}<b>`, journal());
    expect(html).toMatch(/^<a><script[^<]*<\/script><b>$/);
    expect(html).not.toContain('\u2028');
    expect(readJournal(html)).toEqual(journal());
  });

  it('with another journal, or none, says so', () => {
    expect(() => readJournal('<p>')).toThrow('not a report of these actions');
    const other = embed(PLACE, journal()).replace('"version":1', '"version":2');
    expect(() => readJournal(other)).toThrow(/another version or was changed: version/);
    expect(() => embed('<p>', journal())).toThrow('exactly one place');
  });
});
