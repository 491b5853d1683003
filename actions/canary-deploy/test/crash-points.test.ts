import { describe, expect, it } from 'vitest';
import { createStage, image, LONG_BAKE, onlyError, type Stage } from './support/stage.ts';

/** A service with users, and a call log that begins with the rollout. */
async function onStage(): Promise<{ stage: Stage; first: string }> {
  const stage = await createStage();
  const first = await stage.create('v1');
  await stage.load();
  stage.emulator.control.clearCalls();
  return { stage, first };
}

/** The service carries nothing of a rollout any more. */
async function expectTidy(stage: Stage): Promise<void> {
  const { annotations, traffic } = await stage.service();
  expect(annotations?.['apex.dev/rollout']).toBeUndefined();
  expect(traffic?.filter(({ tag }) => tag)).toEqual([]);
}

const landed = { hold: true } as const;
const lost = { hold: true, code: 'UNAVAILABLE' } as const;

describe('killed during a write of the service', () => {
  it.each([
    ['the creation of the canary, which lands', 'v2', 1, landed, 'stable'],
    ['the creation of the canary, which is lost', 'v2', 1, lost, 'stable'],
    ['the shift, which lands', 'v2', 2, landed, 'stable'],
    ['the shift, which is lost', 'v2', 2, lost, 'stable'],
    ['the promotion, which lands', 'v2', 3, landed, 'canary'],
    ['the promotion, which is lost', 'v2', 3, lost, 'stable'],
    ['the way back to stable, which lands', 'failing', 3, landed, 'stable'],
    ['the way back to stable, which is lost', 'failing', 3, lost, 'stable'],
  ] as const)('%s, post leaves the service in order', async (_, name, nth, fault, expected) => {
    const { stage, first } = await onStage();
    stage.emulator.control.addFault({ method: 'UpdateService', nth, ...fault });
    const running = stage.start('canary-deploy', { image: image(name) });
    await stage.nthWrite(nth);
    process.kill(running.pid, 'SIGKILL');
    expect((await running.main).signal).toBe('SIGKILL');
    stage.emulator.control.clearFaults();
    await stage.writesEnded();
    const post = await running.post();
    expect(post.exitCode, post.log).toBe(0);
    const [served, ...others] = Object.entries(await stage.split());
    expect(others).toEqual([]);
    expect(served?.[1]).toBe(100);
    expect(served?.[0] === first ? 'stable' : 'canary').toBe(expected);
    await expectTidy(stage);
  });

  it('whose write lands only after post has looked, the next attempt of the job puts it right', async () => {
    const { stage, first } = await onStage();
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, hold: true });
    const running = stage.start('canary-deploy', { image: image('v2') });
    await stage.nthWrite(1);
    process.kill(running.pid, 'SIGKILL');
    const post = await running.post();
    expect(post.log).toContain('nothing is left to restore');
    stage.emulator.control.clearFaults();
    await stage.writesEnded();
    expect(await stage.split()).toEqual({ [first]: 100 });
    const next = await stage.run('canary-deploy', { image: image('failing') }, { GITHUB_RUN_ATTEMPT: '2' });
    expect(next.groups[0]).toBe('Repair an abandoned rollout');
    expect(next.outputs.outcome, next.log).toBe('rolled-back');
    expect(await stage.split()).toEqual({ [first]: 100 });
    await expectTidy(stage);
  });
});

describe('cancelled', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s while the health check waits, gives no verdict',
    async (signal) => {
      const { stage, first } = await onStage();
      const running = stage.start('canary-deploy', { image: image('unhealthy') });
      await running.waitForLine((line) => line.includes('Not healthy yet'));
      process.kill(running.pid, signal);
      const result = await running.main;
      expect(result.exitCode).not.toBe(0);
      expect(result.outputs.outcome, result.log).toBe('aborted');
      expect(onlyError(result)).toContain(`the step was cancelled (${signal})`);
      expect(await stage.split()).toEqual({ [first]: 100 });
      await expectTidy(stage);
    },
  );

  it.each([
    ['creates the canary', 1],
    ['shifts users to it', 2],
  ])('while an operation that %s is stuck, restores stable', async (_, nth) => {
    const { stage, first } = await onStage();
    stage.emulator.control.addFault({ kind: 'stuck-operation', nth });
    const running = stage.start('canary-deploy', { image: image('v2') });
    await stage.nthWrite(nth);
    await stage.writesEnded();
    running.cancel();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('aborted');
    expect(await stage.split()).toEqual({ [first]: 100 });
    await expectTidy(stage);
  });

  it('while it promotes, ends as it says', async () => {
    const { stage, first } = await onStage();
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 3, hold: true });
    const running = stage.start('canary-deploy', { image: image('v2') });
    await stage.nthWrite(3);
    running.cancel();
    stage.emulator.control.clearFaults();
    const result = await running.main;
    await running.post();
    const serving = result.outputs.outcome === 'promoted' ? (result.outputs.revision ?? '') : first;
    expect(await stage.split()).toEqual({ [serving]: 100 });
    await expectTidy(stage);
  });

  it('twice, still restores stable', async () => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, hold: true });
    process.kill(running.pid, 'SIGINT');
    await stage.nthWrite(3);
    process.kill(running.pid, 'SIGTERM');
    stage.emulator.control.clearFaults();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('aborted');
    expect(await stage.split()).toEqual({ [first]: 100 });
    await expectTidy(stage);
  });
});

describe('when stable cannot be restored', () => {
  it('main and post say so, and the next deploy restores it first', async () => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'PERMISSION_DENIED' });
    running.cancel();
    const main = await running.main;
    expect(main.exitCode).not.toBe(0);
    expect(onlyError(main)).toMatch(/PERMISSION_DENIED.*the post step tries again/);
    const post = await running.post();
    expect(post.exitCode).not.toBe(0);
    expect(onlyError(post)).toMatch(
      /^Stable could not be restored: PERMISSION_DENIED.*Users have 50 % on shop-/,
    );
    stage.emulator.control.clearFaults();
    const next = await stage.run('canary-deploy', { image: image('v2') }, { GITHUB_RUN_ATTEMPT: '2' });
    expect(next.groups[0]).toBe('Repair an abandoned rollout');
    expect(next.outputs, next.log).toMatchObject({ outcome: 'promoted', 'stable-revision': first });
    await expectTidy(stage);
  });

  it('post alone can still do it', async () => {
    const { stage, first } = await onStage();
    const running = stage.start('canary-deploy', { image: image('v2'), ...LONG_BAKE });
    await running.waitForLine((line) => line.includes('50 % |'));
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'PERMISSION_DENIED' });
    running.cancel();
    await running.main;
    stage.emulator.control.clearFaults();
    const post = await running.post();
    expect(post.exitCode, post.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    await expectTidy(stage);
  });
});
