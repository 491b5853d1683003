import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, pinned, type Stage } from './support/stage.ts';

const TWO_STEPS = { steps: '20, 60' };

/** A rollout that was held at 20 %. */
async function held(): Promise<{ stage: Stage; first: string; canary: string }> {
  const stage = await createStage();
  const first = await stage.create('v1');
  await stage.load();
  const result = await stage.deploy('v2', { ...TWO_STEPS, 'hold-at': '20' });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs).toMatchObject({ outcome: 'held', verdict: 'healthy', 'stable-revision': first });
  return { stage, first, canary: result.outputs.revision ?? '' };
}

const resume = (stage: Stage, inputs: Record<string, string> = {}) =>
  stage.deploy('v2', { ...TWO_STEPS, resume: 'true', ...inputs });

describe('a rollout that is held', () => {
  it('keeps its users, its record and its tag, and is resumed by another run with the steps after it', async () => {
    const { stage, first, canary } = await held();
    expect(await stage.split()).toEqual({ [first]: 80, [canary]: 20 });
    const record = JSON.parse((await stage.service()).annotations?.['apex.dev/rollout'] ?? '{}');
    expect(record).toMatchObject({ phase: 'held', percent: 20, canary });

    stage.emulator.control.clearCalls();
    const result = await resume(stage);
    expect(result.exitCode, result.log).toBe(0);
    expect(result.outputs).toMatchObject({ outcome: 'promoted', revision: canary, 'stable-revision': first });
    expect(await stage.split()).toEqual({ [canary]: 100 });
    const shares = stage.writes().flatMap(({ request }) => {
      const { service } = request as {
        service?: { traffic?: { revision?: string; percent?: number; tag?: string }[] };
      };
      return service?.traffic?.find(({ revision, tag }) => revision === canary && !tag)?.percent ?? [];
    });
    expect(shares).toEqual([60, 100]);
    const { annotations, traffic } = await stage.service();
    expect(annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(traffic?.some(({ tag }) => tag)).toBe(false);
  });

  it('is rolled back when it turns bad while it waits, before it gets more users', async () => {
    const { stage, first, canary } = await held();
    stage.emulator.control.setRevisionFault('shop', canary, { failShare: 0.5 });
    const before = stage.usersOf(canary);
    await expect.poll(() => stage.usersOf(canary)).toBeGreaterThan(before + 100);
    await setTimeout(2000); // until Cloud Monitoring shows them
    const result = await resume(stage, { 'max-bake': '50s' });
    expect(result.outputs, result.log).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(result.log).not.toContain('60 %');
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('keeps others out until it is resumed or rolled back', async () => {
    const { stage, first, canary } = await held();
    const other = await stage.deploy('failing');
    expect(onlyError(other)).toMatch(
      new RegExp(`A rollout of service shop is held at 20 % on ${canary}: .*Resume it with the input`),
    );
    const rollback = await stage.run('rollback', { reason: 'rejected' });
    expect(rollback.exitCode, rollback.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect((await stage.service()).traffic?.some(({ tag }) => tag)).toBe(false);

    const late = await resume(stage);
    expect(onlyError(late)).toMatch(
      /cannot be resumed: no rollout of shop is held; the last entry of its history is rollback of/,
    );
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('is not resumed after somebody else’s deploy, with another image, or after their change of traffic', async () => {
    const { stage, first, canary } = await held();
    const wrong = await stage.deploy('failing', { ...TWO_STEPS, resume: 'true' });
    expect(onlyError(wrong)).toMatch(/the one that is held is of .*, not of /);
    await stage.update({ template: { revision: 'shop-theirs', containers: [{ image: image('down') }] } }, [
      'template.containers',
      'template.revision',
    ]);
    expect(onlyError(await resume(stage))).toMatch(/somebody else has deployed shop-theirs since/);
    await stage.update({ traffic: [pinned(first, 50), pinned(canary, 50)] }, ['traffic']);
    expect(onlyError(await resume(stage))).toMatch(/cannot be resumed: the traffic is .* 50 %/);
    expect(await stage.split()).toEqual({ [first]: 50, [canary]: 50 });
  });

  it.each([
    [{ steps: '10, 50', 'hold-at': '20' }, /`hold-at`/],
    [{ steps: '10, 50', 'hold-at': '10', resume: 'true' }, /`hold-at`/],
  ])('%j is refused', async (inputs, expected) => {
    const stage = await createStage();
    expect(onlyError(await stage.deploy('v2', inputs))).toMatch(expected);
  });

  it('that cannot be held is undone by the post step', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('v2'), ...TWO_STEPS, 'hold-at': '20' });
    await running.waitForLine((line) => line.includes('20 % |'));
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'PERMISSION_DENIED' });
    const main = await running.main;
    expect(onlyError(main)).toMatch(/could not be held: .*PERMISSION_DENIED.*the post step/);
    stage.emulator.control.clearFaults();
    expect((await running.post()).exitCode).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});
