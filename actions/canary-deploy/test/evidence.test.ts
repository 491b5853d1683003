import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError } from './support/stage.ts';

describe('without evidence', () => {
  it.each(['promote-if-clean', 'promote', 'abort'])(
    'no data never promotes, with on-inconclusive %s',
    async (onInconclusive) => {
      const stage = await createStage();
      const first = await stage.create('v1');
      const result = await stage.deploy('v2', { 'on-inconclusive': onInconclusive });
      expect(result.exitCode).not.toBe(0);
      expect(result.outputs).toMatchObject({ outcome: 'aborted', verdict: 'no-data' });
      expect(onlyError(result)).toMatch(/was stopped without a verdict: no data/);
      expect(await stage.split()).toEqual({ [first]: 100 });
    },
  );

  it('holds while Cloud Monitoring is silent, though users are served, and restores stable', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    stage.emulator.control.holdMetrics();
    const result = await stage.deploy('v2', { 'on-inconclusive': 'promote' });
    expect(stage.usersOf(result.outputs.revision ?? '')).toBeGreaterThan(0);
    expect(result.outputs).toMatchObject({ outcome: 'aborted', verdict: 'no-data' });
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('never counts a window as seen before its metrics can be complete', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), 'metrics-delay': '4s' });
    const first = await running.waitForLine((line) => line.includes('50 % |'));
    expect(first).toContain('2s left | canary no requests | stable no requests | no-data');
    const result = await running.main;
    expect(result.outputs.outcome).toBe('promoted');
    const blind = result.lines.filter((line) => line.includes('no-data'));
    expect(blind.length).toBeGreaterThan(5);
  });
});

describe('with too little evidence', () => {
  it.each([
    ['promote-if-clean', 'v2', 'promoted'],
    ['abort', 'v2', 'aborted'],
  ] as const)('on-inconclusive %s decides for a clean canary', async (onInconclusive, name, outcome) => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load(20);
    const result = await stage.deploy(name, { 'on-inconclusive': onInconclusive, 'max-error-rate': '1%' });
    expect(result.outputs).toMatchObject({ outcome, verdict: 'inconclusive' });
  });

  it.each([
    ['promote-if-clean', 'aborted'],
    ['promote', 'promoted'],
  ])('after errors of both arms on-inconclusive %s decides: %s', async (onInconclusive, outcome) => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load(40);
    const running = stage.start('canary-deploy', { image: image('v2'), 'on-inconclusive': onInconclusive });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.setServiceFault('shop', { failShare: 1 });
    await running.waitForLine((line) => /canary \d+ requests, (?!0 %)/.test(line));
    stage.emulator.control.setServiceFault('shop', null);
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome, verdict: 'inconclusive' });
  });
});
