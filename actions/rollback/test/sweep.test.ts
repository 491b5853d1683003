import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, type Stage } from '../../canary-deploy/test/support/stage.ts';

const HOUR = 3_600_000;

/** A run that died at 50 %, some time ago by the lease on the service. */
async function abandoned(stage: Stage, ago = HOUR): Promise<{ first: string; canary: string }> {
  const first = await stage.create('v1');
  await stage.load();
  const running = stage.start('canary-deploy', { image: image('v2') });
  await running.waitForLine((line) => line.includes('50 % |'));
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  const { annotations = {} } = await stage.service();
  const record = JSON.parse(annotations?.['apex.dev/rollout'] ?? '{}');
  const leaseUntil = new Date(Date.now() - ago).toISOString();
  await stage.update(
    { annotations: { ...annotations, 'apex.dev/rollout': JSON.stringify({ ...record, leaseUntil }) } },
    ['annotations'],
  );
  return { first, canary: record.canary };
}

const sweep = (stage: Stage, inputs: Record<string, string> = {}) =>
  stage.run('rollback', { to: 'stable', service: '', ...inputs });

describe('a sweep', () => {
  it('restores stable where a run is dead, tells it, and finds nothing the second time', async () => {
    const stage = await createStage();
    const { first, canary } = await abandoned(stage);
    expect(await stage.split()).toEqual({ [first]: 50, [canary]: 50 });
    const result = await sweep(stage);
    expect(result.exitCode, result.log).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    const { annotations, traffic } = await stage.service();
    expect(annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(traffic?.some(({ tag }) => tag)).toBe(false);
    expect(result.summary).toMatch(/\| shop \| abandoned at 50 %; restored shop-00001-\S+ 100 % \|/);
    const again = await sweep(stage);
    expect(again.log).toContain('1 services looked at, 0 with a rollout');
  });

  it.each([
    ['within the time that clocks may differ', 4 * 60_000],
    ['before its lease has ended', -HOUR],
  ])('does not touch a rollout %s', async (_, ago) => {
    const stage = await createStage();
    const { first, canary } = await abandoned(stage, ago);
    const result = await sweep(stage);
    expect(result.log).toMatch(/a rollout is running at 50 % until .*; not touched/);
    expect(await stage.split()).toEqual({ [first]: 50, [canary]: 50 });
  });

  it('says on a dry run what it would do', async () => {
    const stage = await createStage();
    const { first, canary } = await abandoned(stage);
    const result = await sweep(stage, { 'dry-run': 'true', service: 'shop' });
    expect(result.log).toContain('abandoned at 50 %; would go back to');
    expect(await stage.split()).toEqual({ [first]: 50, [canary]: 50 });
  });

  it('leaves traffic alone that somebody else has set since', async () => {
    const stage = await createStage();
    const { first, canary } = await abandoned(stage);
    const TYPE = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';
    await stage.update(
      {
        traffic: [
          { type: TYPE, revision: first, percent: 30 },
          { type: TYPE, revision: canary, percent: 70 },
        ],
      },
      ['traffic'],
    );
    const result = await sweep(stage);
    expect(result.log).toContain('abandoned; the traffic was left as somebody else set it');
    expect(await stage.split()).toEqual({ [first]: 30, [canary]: 70 });
    expect((await stage.service()).annotations?.['apex.dev/rollout']).toBeUndefined();
  });

  it('fails, after the others, where one cannot be put right', async () => {
    const stage = await createStage();
    await abandoned(stage);
    stage.emulator.control.addFault({ method: 'UpdateService', code: 'PERMISSION_DENIED' });
    const result = await sweep(stage);
    expect(onlyError(result)).toMatch(
      /1 of 1 services could not be put right: shop: abandoned, and could not be repaired: PERMISSION_DENIED/,
    );
  });
});
