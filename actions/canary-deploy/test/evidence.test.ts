import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, SHORT_BAKE } from './support/stage.ts';

describe('without evidence', () => {
  it.each(['promote-if-clean', 'promote', 'abort'])(
    'no data never promotes, with on-inconclusive %s',
    async (onInconclusive) => {
      const stage = await createStage();
      const first = await stage.create('v1');
      const result = await stage.deploy('v2', { ...SHORT_BAKE, 'on-inconclusive': onInconclusive });
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
    const result = await stage.deploy('v2', { ...SHORT_BAKE, 'on-inconclusive': 'promote' });
    expect(stage.usersOf(result.outputs.revision ?? '')).toBeGreaterThan(0);
    expect(result.outputs).toMatchObject({ outcome: 'aborted', verdict: 'no-data' });
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('holds beyond the longest bake while it goes silent in mid-rollout, then `timeout` restores stable', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    await setTimeout(4000);
    const running = stage.start('canary-deploy', { image: image('v2'), ...SHORT_BAKE, timeout: '25s' });
    await running.waitForLine((line) => line.includes('Users have') && line.includes('50 %'));
    stage.emulator.control.holdMetrics();
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'aborted' });
    expect(onlyError(result)).toMatch(/timeout before a verdict/);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('holds while Cloud Monitoring answers errors, says so, and goes on when it answers again', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2') });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.addFault({ method: 'ListTimeSeries', code: 'UNAVAILABLE', from: 1, count: 10 });
    const result = await running.main;
    expect(result.log).toMatch(/Trying again in .*UNAVAILABLE/);
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted', verdict: 'healthy' });
  });

  it('never counts a window as seen before its metrics can be complete', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), 'metrics-delay': '8s' });
    const first = await running.waitForLine((line) => line.includes('50 % |'));
    expect(first).toMatch(
      /no-data .*canary +0 req .*stable +0 req .*the first metrics of this step are due at/,
    );
    const result = await running.main;
    expect(result.outputs.outcome).toBe('promoted');
    // Nothing new is no line of the log, but of its debugging.
    const blind = result.lines.filter((line) => line.includes('| no-data'));
    expect(blind.length).toBeGreaterThan(5);
    expect(result.log.split('\n').filter((line) => line.includes('are due at'))).toHaveLength(1);
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
    const result = await stage.deploy(name, {
      ...SHORT_BAKE,
      'on-inconclusive': onInconclusive,
      'max-error-rate': '1%',
    });
    expect(result.outputs).toMatchObject({ outcome, verdict: 'inconclusive' });
  });

  it.each([
    ['promote-if-clean', 'aborted'],
    ['promote', 'promoted'],
  ])('after a few errors of both arms on-inconclusive %s decides: %s', async (onInconclusive, outcome) => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load(80);
    // As many as the limit allows: neither side of it can be proven, and a canary without any is one chance in millions.
    stage.emulator.control.setServiceFault('shop', { failShare: 0.1 });
    const result = await stage.deploy('v2', { ...SHORT_BAKE, 'on-inconclusive': onInconclusive });
    expect(result.outputs, result.log).toMatchObject({ outcome, verdict: 'inconclusive' });
  });
});

describe('an application that answers 503 while it warms up', () => {
  it('is not blamed for what it answered to its health check', async () => {
    const stage = await createStage({ metrics: { 'sample-period': '10s', 'ingest-delay': '500ms' } });
    await stage.create('v1');
    await stage.load(2);
    const result = await stage.deploy('warming');
    expect(result.log).toMatch(/Not healthy yet: health: .*503/);
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted', verdict: 'inconclusive' });
  });
});

describe('an outage of both arms', () => {
  it('holds the step, says so, and the rollout goes on when it clears', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), ...SHORT_BAKE, bake: '3s' });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.setServiceFault('shop', { failShare: 0.9 });
    const held = await running.waitForLine((line) => line.includes('holding'));
    expect(held).toMatch(
      /inconclusive.* \| holding: both arms are down: in the last interval stable shows [\d.]+ % errors in \d+ requests, canary.*; if it lasts, stable is restored at \d\d:\d\d:\d\dZ/,
    );
    // Longer than the longest bake, and for several polls.
    await setTimeout(6000);
    let seen = 0;
    await running.waitForLine((line) => line.includes('holding') && ++seen > 5);
    stage.emulator.control.setServiceFault('shop', null);
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted', verdict: 'healthy' });
    expect(result.lines.filter((line) => line.includes('holding')).length).toBeGreaterThan(5);
  });

  it('that does not clear ends with the time-out, and stable is restored', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), timeout: '25s' });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.setServiceFault('shop', { failShare: 1 });
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'aborted', verdict: 'inconclusive' });
    expect(onlyError(result)).toMatch(/timeout before a verdict; last: both arms are down/);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});

describe('probes', () => {
  it('prove a release of a service without users healthy, apart from the users, and leave no tag', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('v2', { probe: '20/s /' });
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted', verdict: 'healthy' });
    expect(result.log).toMatch(/canary .*? \+ +\d+ probes +0 % err \| stable .*? \+ +\d+ probes +0 % err/);
    expect((await stage.service()).traffic?.some(({ tag }) => tag)).toBe(false);
  });

  it('of an earlier rollout are no users that are missed in the next', async () => {
    const stage = await createStage();
    await stage.create('v1');
    for (const name of ['v2', 'v1'] as const) {
      const result = await stage.deploy(name, { probe: '20/s /', 'on-inconclusive': 'promote' });
      expect(result.outputs.outcome, result.log).toBe('promoted');
      expect(result.log).not.toContain('seems to be silent');
    }
  });

  it('convict a release that no user has met, with stable beside it', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    const running = stage.start('canary-deploy', { image: image('failing'), probe: '20/s /' });
    await running.waitForLine((line) => line.includes('50 % |'));
    expect((await stage.service()).traffic?.filter(({ tag }) => tag)).toMatchObject([
      { tag: 'canary' },
      { tag: 'canary-stable', revision: first },
    ]);
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(onlyError(result)).toMatch(
      /probe-errors: canary [\d.]+ % errors in our \d+ probes, stable 0 % errors in our/,
    );
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect((await stage.service()).traffic?.some(({ tag }) => tag)).toBe(false);
  });

  it('are not counted as users', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load(40);
    const running = stage.start('canary-deploy', { image: image('v2'), probe: '20/s /' });
    const line = await running.waitForLine((each) => /canary +[1-9]\d* req .*probes/.test(each));
    const [, users, probes] = /canary +(\d+) req .*?(\d+) probes/.exec(line) ?? [];
    expect(Number(users)).toBeLessThan(Number(probes) * 2);
    expect((await running.main).outputs).toMatchObject({ outcome: 'promoted' });
  });
});

describe('a gauge', () => {
  const queue = {
    metric: 'custom.googleapis.com/queue_depth',
    resource: { type: 'generic_task', labels: { task_id: 'orders' } },
  };
  const checks = `- { name: orders waiting, metric: ${queue.metric}, max: 100, intervals: 2 }`;

  it('above its limit for so many intervals in a row rolls back, though no request fails', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    stage.emulator.control.setGauge({ ...queue, value: 50 });
    const running = stage.start('canary-deploy', { image: image('v2'), checks });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.setGauge({ ...queue, value: 5000 });
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(onlyError(result)).toMatch(
      /orders waiting: 5000, 5000, where above 100 in 2 intervals in a row fails/,
    );
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('within its limit, and then missing, does not hinder a promotion', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    stage.emulator.control.setGauge({ ...queue, value: 50 });
    const running = stage.start('canary-deploy', { image: image('v2'), checks });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.setGauge({ ...queue, value: null });
    expect((await running.main).outputs).toMatchObject({ outcome: 'promoted', verdict: 'healthy' });
  });

  it('that cannot be read is an error before anything is changed', async () => {
    const stage = await createStage();
    await stage.create('v1');
    stage.emulator.control.clearCalls();
    const result = await stage.deploy('v2', { checks });
    expect(onlyError(result)).toMatch(
      /The check "orders waiting" cannot read custom\.googleapis\.com\/queue_depth/,
    );
    expect(stage.writes()).toEqual([]);
  });
});

describe('before it starts', () => {
  it('says what it can know, and warns where that is less than its limits promise', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('v2', { 'dry-run': 'true', steps: '10, 50', 'max-error-rate': '1%' });
    expect(result.log).toMatch(/10 %: about 0\.0 requests in 2s; too few to prove any share of errors/);
    expect(
      result.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message),
    ).toEqual([
      expect.stringContaining(
        'the step at 10 % cannot tell 1 % errors from 5 % in 2s: send requests of your own with `probe`',
      ),
      expect.stringContaining('the step at 50 %'),
    ]);
  });
});
