import { describe, expect, it } from 'vitest';
import { createStage, image, LONG_BAKE, pinned, type Stage } from './support/stage.ts';

async function onStage(): Promise<{ stage: Stage; first: string }> {
  const stage = await createStage();
  const first = await stage.create('v1');
  await stage.load();
  return { stage, first };
}

const baking = (line: string) => line.includes('50 % |');

describe('a run that does not end by itself', () => {
  it.each([
    ['while the revision is being created', 'Deploy the canary at 0 %'],
    ['while the canary bakes', '50 % |'],
  ])('cancelled %s, leaves stable', async (_, marker) => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine((line) => line.includes(marker));
    running.cancel();
    const result = await running.main;
    expect(result.exitCode).not.toBe(0);
    await running.post();
    expect(await stage.split()).toEqual({ [first]: 100 });
    const service = await stage.service();
    expect(service.annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(service.traffic?.some(({ tag }) => tag)).toBe(false);
  });

  it('cancelled, says so in its outcome', async () => {
    const { stage } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine(baking);
    running.cancel();
    const result = await running.main;
    expect(result.outputs.outcome).toBe('aborted');
    expect(result.log).toContain('the step was cancelled (SIGINT)');
  });

  it('killed, is put right by its post step, which is idempotent', async () => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine(baking);
    process.kill(running.pid, 'SIGKILL');
    await running.main;
    expect(await stage.split()).not.toEqual({ [first]: 100 });
    const post = await running.post();
    expect(post.log).toMatch(/The step ended with 50 % on .*; stable is restored: shop-00001-\w+ 100 %/);
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect((await running.post()).log).toContain('nothing is left to restore');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('lost with its runner, is repaired by the next attempt of the job, which then goes on', async () => {
    const { stage, first } = await onStage();
    const lost = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await lost.waitForLine(baking);
    lost.kill();
    await lost.main;
    const next = await stage.run('canary-deploy', { image: image('v2') }, { GITHUB_RUN_ATTEMPT: '2' });
    expect(next.exitCode, next.log).toBe(0);
    expect(next.log).toMatch(/The rollout of \S+ .*was abandoned at 50 %; restoring shop-00001-/);
    expect(next.outputs['stable-revision']).toBe(first);
    expect(await stage.split()).toEqual({ [next.outputs.revision ?? '']: 100 });
  });

  it('lost with its runner, is repaired by another run once its lease has ended', async () => {
    const { stage, first } = await onStage();
    const lost = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await lost.waitForLine(baking);
    lost.kill();
    await lost.main;
    const { annotations } = await stage.service();
    const record = {
      ...JSON.parse(annotations?.['apex.dev/rollout'] ?? ''),
      leaseUntil: '2020-01-01T00:00:00.000Z',
    };
    await stage.update({ annotations: { ...annotations, 'apex.dev/rollout': JSON.stringify(record) } }, [
      'annotations',
    ]);
    const next = await stage.run('canary-deploy', { image: image('failing') }, { GITHUB_RUN_ID: '4711' });
    expect(next.outputs.outcome, next.log).toBe('rolled-back');
    expect(next.groups[0]).toBe('Repair an abandoned rollout');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});

describe('a rollout whose runner is lost, and whose users somebody has moved since', () => {
  it.each([
    ['to stable', 0],
    ['to a split of their own', 20],
  ])('%s: the next deploy leaves them there, and goes on from that', async (_, percent) => {
    const { stage, first } = await onStage();
    const lost = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await lost.waitForLine(baking);
    lost.kill();
    await lost.main;
    const tagged = (await stage.service()).traffic?.find(({ tag }) => tag === 'canary');
    const canary = tagged?.revision ?? '';
    await stage.update({ traffic: [pinned(first, 100 - percent), pinned(canary, percent, 'canary')] }, [
      'traffic',
    ]);
    const next = await stage.run('canary-deploy', { image: image('failing') }, { GITHUB_RUN_ATTEMPT: '2' });
    expect(next.outputs.outcome, next.log).toBe('rolled-back');
    expect(next.log).toMatch(/It is left as somebody else has set it: the traffic is shop-00001-/);
    const users = percent > 0 ? { [first]: 80, [canary]: 20 } : { [first]: 100 };
    expect(await stage.split()).toEqual(users);
    expect((await stage.service()).traffic?.filter(({ tag }) => tag)).toEqual([]);
  });
});

describe('the API misbehaves', () => {
  it.each([
    [
      'is unavailable before a write takes effect',
      { method: 'UpdateService', from: 1, count: 2, code: 'UNAVAILABLE' },
    ],
    [
      'resets the connection after a write took effect',
      { method: 'UpdateService', from: 1, count: 2, code: 'UNAVAILABLE', when: 'after' },
    ],
    [
      'refuses reads for lack of quota',
      { method: 'GetService', from: 3, count: 3, code: 'RESOURCE_EXHAUSTED' },
    ],
    ['does not answer for metrics', { method: 'ListTimeSeries', from: 3, count: 3, code: 'UNAVAILABLE' }],
    ['lets somebody else write in between', { kind: 'etag-race', from: 1, count: 2 }],
  ] as const)('when it %s, the rollout still ends promoted, with one revision made', async (_, fault) => {
    const { stage } = await onStage();
    stage.emulator.control.addFault(fault);
    const result = await stage.deploy('v2');
    expect(result.outputs.outcome, result.log).toBe('promoted');
    if ('code' in fault) expect(result.log).toContain(`: ${fault.code}`);
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    const [revisions] = await stage.revisions.listRevisions({ parent: (await stage.service()).name ?? '' });
    expect(revisions).toHaveLength(2);
  });

  it('refuses the credentials in mid-rollout: no verdict, and stable is restored when they are good again', async () => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine(baking);
    stage.emulator.control.addFault({ method: 'GetService', from: 1, count: 2, code: 'UNAUTHENTICATED' });
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('aborted');
    const post = await running.post();
    expect(post.exitCode, post.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect((await stage.service()).annotations?.['apex.dev/rollout']).toBeUndefined();
  });

  it('the answer to the promotion is lost, and Cloud Run takes its time to show it: still promoted', async () => {
    const stage = await createStage({ 'reconcile-delay': '1500ms' });
    await stage.create('v1');
    await stage.load();
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 3, code: 'UNAVAILABLE', when: 'after' });
    const result = await stage.deploy('v2');
    expect(result.outputs.outcome, result.log).toBe('promoted');
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
  });

  it('a release that does not start is known even when the answer to its creation was lost', async () => {
    const { stage, first } = await onStage();
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, code: 'UNAVAILABLE', when: 'after' });
    const result = await stage.deploy('broken');
    expect(result.outputs.outcome, result.log).toBe('rolled-back');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});
