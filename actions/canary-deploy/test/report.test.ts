import { existsSync, readFileSync, statSync } from 'node:fs';
import { readJournal } from '@apex-actions/shared/report/page';
import type { StepResult } from '@apex-actions/testkit/run-action';
import { describe, expect, it } from 'vitest';
import { createStage, image, LONG_BAKE } from './support/stage.ts';

function reportOf({ outputs, log }: StepResult) {
  const path = outputs.report ?? '';
  expect(existsSync(path), log).toBe(true);
  const html = readFileSync(path, 'utf8');
  return { path, html, journal: readJournal(html) };
}

describe('the report', () => {
  it('of a bad release holds all that was seen, changed and decided, for its owner alone', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    stage.emulator.control.clearCalls();
    const result = await stage.deploy('failing', { 'max-latency-p95': '2s' });
    const { path, html, journal } = reportOf(result);
    const canary = result.outputs.revision ?? '';
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("default-src 'none'");
    expect(journal).toMatchObject({
      action: 'canary-deploy',
      service: { service: 'shop', region: 'europe-west1', project: 'test-project' },
      image: { asked: image('failing'), resolved: image('failing') },
      canary,
      stable: [{ revision: first, percent: 100 }],
      ending: { outcome: 'rolled-back', verdict: 'failing', closed: true },
      policy: { maxErrorRate: 0.1, maxLatencyP95Ms: 2000 },
      plan: { steps: [50] },
    });
    expect(journal.error).toContain('was rolled back');
    expect(journal.shifts.map(({ percent }) => percent)).toEqual([50, 0]);
    expect(journal.changes.map(({ split }) => split)).toEqual([
      [{ revision: first, percent: 100 }],
      [
        { revision: first, percent: 50 },
        { revision: canary, percent: 50 },
      ],
      [{ revision: first, percent: 100 }],
    ]);
    expect(journal.changes).toHaveLength(stage.writes().length);
    const seen = journal.intervals.reduce((sum, interval) => sum + interval.canary.errors, 0);
    expect(seen).toBeGreaterThan(0);
    expect(journal.intervals[0]?.canary).toMatchObject({ slow: 0, p95Ms: expect.any(Number) });
    const decided = journal.polls.at(-1);
    expect(decided).toMatchObject({ verdict: 'failing', check: 'error-rate', percent: 50 });
    const evidence = decided?.evidence.find(({ check }) => check === 'error-rate');
    expect(evidence?.log).toBeGreaterThanOrEqual(evidence?.needed ?? Number.NaN);
    expect(journal.log.map(({ text }) => text).join('\n')).toMatch(/50 %: failing after .*: error-rate/);
    expect(journal.inputs).toEqual(expect.arrayContaining([{ name: 'steps', value: '50' }]));
  });

  it('holds no value of env-vars, secrets or verify', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('broken', {
      'env-vars': 'LAST_WORDS=cannot log in with hunter2-of-env',
      secrets: 'API_KEY=name-of-hunter2',
      verify: '- GET /?key=hunter2-of-verify',
    });
    const { html, journal } = reportOf(result);
    expect(html).not.toContain('hunter2');
    expect(journal.inputs).toEqual(
      expect.arrayContaining([
        { name: 'env-vars', value: 'LAST_WORDS (values not shown)' },
        { name: 'secrets', value: 'API_KEY (values not shown)' },
        { name: 'verify', value: 'given, not shown here' },
      ]),
    );
    expect(journal).toMatchObject({ ending: { outcome: 'rolled-back' }, shifts: [], polls: [] });
  });

  it('is written when the rollout is cancelled', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine((line) => line.includes('50 % |'));
    running.cancel();
    const { journal } = reportOf(await running.main);
    expect(journal.ending).toMatchObject({ outcome: 'aborted', closed: true });
    expect(journal.shifts.at(-1)?.percent).toBe(0);
  });

  it('is written for a first deploy, a deploy that is refused, and a rollback', async () => {
    const stage = await createStage();
    const spec = '{"invokerIamDisabled": true, "template": {}}';
    const first = reportOf(await stage.deploy('v1', { spec })).journal;
    expect(first).toMatchObject({
      ending: { outcome: 'promoted' },
      changes: [{ split: [{ percent: 100 }] }],
    });
    const refused = reportOf(await stage.deploy('v2', { timeout: '1s' })).journal;
    expect(refused).toMatchObject({ error: expect.stringContaining('`timeout` is 1s'), changes: [] });
    expect(refused.ending).toBeUndefined();
    await stage.load();
    const second = await stage.deploy('v2');
    const rollback = await stage.run('rollback', { reason: 'to try it' });
    const { journal } = reportOf(rollback);
    expect(journal).toMatchObject({
      action: 'rollback',
      rollback: {
        from: [{ revision: second.outputs.revision, percent: 100 }],
        to: [{ revision: rollback.outputs['to-revision'], percent: 100 }],
        badSince: { exact: true },
      },
      inputs: expect.arrayContaining([{ name: 'reason', value: 'to try it' }]),
    });
    expect(journal.rollback?.history.map(({ outcome }) => outcome)).toEqual(['promoted', 'promoted']);
    expect(journal.changes.at(-1)?.split).toEqual([
      { revision: rollback.outputs['to-revision'], percent: 100 },
    ]);
  });

  it('that cannot be written is a warning, and changes nothing else', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const result = await stage.run(
      'canary-deploy',
      { image: image('v2') },
      { RUNNER_TEMP: '/does/not/exist' },
    );
    expect(result.exitCode, result.log).toBe(0);
    expect(result.outputs).toMatchObject({ outcome: 'promoted' });
    expect(result.outputs.report).toBeUndefined();
    expect(result.annotations.map(({ message }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('The report could not be written: ENOENT')]),
    );
  });
});
