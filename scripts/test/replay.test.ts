import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embed, PLACE } from '@apex-actions/shared/report/page';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleJournal, sampleRollback } from '../../packages/report/test/support/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
afterEach(() => {
  for (const name of ['timelines', 'report.html']) rmSync(join(folder, name), { force: true });
});

function replay(...lines: string[]) {
  return replayFile('timelines', lines.join('\n'));
}

function replayFile(name: string, text: string) {
  const file = join(folder, name);
  writeFileSync(file, text);
  const script = join(import.meta.dirname, '../replay.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  const answers: unknown[] = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { status, answers, stderr };
}

const timeline = (id: string, errorsAt: (i: number) => number, policy = {}) =>
  JSON.stringify({
    id,
    policy,
    intervals: Array.from({ length: 10 }, (_, i) => ({
      start: 60 * i,
      end: 60 * (i + 1),
      step: 10,
      canary: { requests: 200, errors: errorsAt(i), slow: errorsAt(i) },
      stable: { requests: 1800, errors: 1, slow: 1 },
    })),
  });

describe('replay', () => {
  it('says when each release would have been rolled back, or what it would have said at the end', () => {
    const { status, answers } = replay(
      timeline('down', (i) => (i < 4 ? 0 : 200)),
      timeline('good', () => 0),
      timeline('slow', () => 100, { 'max-latency-p95': '500ms', 'max-error-rate': '60%' }),
    );
    expect(status).toBe(0);
    expect(answers).toMatchObject([
      { id: 'down', verdict: 'failing', at: 300, check: 'error-rate' },
      { id: 'good', verdict: 'healthy', at: null, check: null },
      { id: 'slow', verdict: 'failing', at: 60, check: 'latency-p95' },
    ]);
  });

  it('names the line and the field that are wrong, and judges the others', () => {
    const { status, answers, stderr } = replay(
      '{"id":',
      timeline('typo', () => 0, { 'max-eror-rate': '1%' }),
      timeline('negative', () => -1),
      timeline('good', () => 0),
    );
    expect(status).toBe(1);
    expect(answers).toMatchObject([{ id: 'good', verdict: 'healthy' }]);
    expect(stderr).toMatch(/line 1: /);
    expect(stderr).toMatch(/line 2: policy.max-eror-rate is not an input of canary-deploy/);
    expect(stderr).toMatch(/line 3: intervals\[0\].canary.errors must be a number of at least 0/);
  });

  it('judges what a report shows by the limits that it had, and counts from its start', () => {
    const { status, answers } = replayFile('report.html', embed(PLACE, sampleJournal(60)));
    expect(status).toBe(0);
    expect(answers).toMatchObject([{ id: 'shop shop-00042-ghi', verdict: 'failing', check: 'error-rate' }]);
    const [{ at }] = answers as [{ at: number }];
    // The canary is bad from its second step on, which begins after half an hour.
    expect(at).toBeGreaterThan(1800);
    expect(at).toBeLessThan(2400);
  });

  it('of a report without a canary says so, and of a page that is no report', () => {
    expect(replayFile('report.html', embed(PLACE, sampleRollback()))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no canary was judged'),
    });
    expect(replayFile('report.html', '<p>hello</p>')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('not a report of these actions'),
    });
  });
});
