import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, SERVICE_NAME, type Stage } from './support/stage.ts';

async function promoted(stage: Stage, watch: string) {
  const first = await stage.create('v1');
  await stage.load();
  const running = stage.start('canary-deploy', { image: image('v2'), watch });
  await running.waitForLine((line) => line.includes('serves all users'));
  return { first, running };
}

describe('the watch after promotion', () => {
  it('restores stable when the release turns bad', async () => {
    const stage = await createStage();
    const { first, running } = await promoted(stage, '10m');
    const canary = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    stage.emulator.control.setRevisionFault('shop', canary, { failShare: 0.5 });
    const result = await running.main;
    expect(result.outputs, result.log).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(result.log).toMatch(/after promotion: error-rate/);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('says that stable cannot come back when its revision was deleted, and changes nothing', async () => {
    const stage = await createStage();
    const { first, running } = await promoted(stage, '10m');
    await running.waitForLine((line) => line.includes('watch |'));
    await stage.revisions.deleteRevision({ name: `${SERVICE_NAME}/revisions/${first}` });
    const canary = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    stage.emulator.control.setRevisionFault('shop', canary, { failShare: 0.5 });
    const result = await running.main;
    expect(result.exitCode).not.toBe(0);
    expect(onlyError(result)).toMatch(/could not be rolled back: .*revision \S+ was deleted/);
    const post = await running.post();
    expect(onlyError(post)).toMatch(/^Stable could not be restored: revision \S+ was deleted/);
    expect(await stage.split()).toEqual({ [canary]: 100 });
  });

  it('restores stable in its post step when it found the release failing and could not', async () => {
    const stage = await createStage();
    const { first, running } = await promoted(stage, '10m');
    await running.waitForLine((line) => line.includes('watch |'));
    const canary = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'PERMISSION_DENIED' });
    stage.emulator.control.setRevisionFault('shop', canary, { failShare: 0.5 });
    const result = await running.main;
    expect(onlyError(result)).toMatch(/could not be rolled back: .*PERMISSION_DENIED/);
    expect(await stage.split()).toEqual({ [canary]: 100 });
    stage.emulator.control.clearFaults();
    const post = await running.post();
    expect(post.exitCode, post.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    const { annotations } = await stage.service();
    expect(annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(JSON.parse(annotations?.['apex.dev/history'] ?? '')[0]).toMatchObject({
      outcome: 'rolled-back',
      revision: canary,
    });
  });

  it('ends promoted when the release stays good', async () => {
    const stage = await createStage();
    const { running } = await promoted(stage, '2s');
    const result = await running.main;
    expect(result.exitCode, result.log).toBe(0);
    expect(result.outputs.outcome).toBe('promoted');
    const service = await stage.service();
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    expect(service.annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(service.traffic?.some(({ tag }) => tag)).toBe(false);
  });

  it.each(['cancel', 'SIGKILL'] as const)('stays promoted after %s', async (how) => {
    const stage = await createStage();
    const { running } = await promoted(stage, '10m');
    await running.waitForLine((line) => line.includes('watch |'));
    const canary = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    if (how === 'cancel') running.cancel();
    else process.kill(running.pid, 'SIGKILL');
    await running.main;
    await running.post();
    expect(await stage.split()).toEqual({ [canary]: 100 });
    expect((await stage.service()).annotations?.['apex.dev/rollout']).toBeUndefined();
  });
});
