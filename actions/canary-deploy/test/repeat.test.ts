import { describe, expect, it } from 'vitest';
import { createStage } from './support/stage.ts';

describe('a deploy that is run again', () => {
  it('after promotion does nothing and says so', async () => {
    const stage = await createStage();
    await stage.deploy('v1', { spec: '{"template": {"timeout": "60s"}}' });
    await stage.load();
    const promoted = await stage.deploy('v2', { 'env-vars': 'A=1' });
    expect(promoted.outputs.outcome, promoted.log).toBe('promoted');
    stage.emulator.control.clearCalls();
    const again = await stage.deploy('v2', { 'env-vars': 'A=1' });
    expect(again.exitCode).toBe(0);
    expect(again.outputs).toMatchObject({ outcome: 'promoted', revision: promoted.outputs.revision });
    expect(again.log).toContain('already serves all users with this image and these settings: nothing to do');
    expect(again.summary).toContain('## ✅ Nothing to deploy: `shop`');
    expect(stage.writes()).toEqual([]);
    const other = await stage.deploy('v2', { 'env-vars': 'A=2' });
    expect(other.outputs.revision).not.toBe(promoted.outputs.revision);
  });

  it('is a no-op for a first deploy as well', async () => {
    const stage = await createStage();
    const spec = '{"template": {"timeout": "60s"}}';
    const first = await stage.deploy('v1', { spec });
    stage.emulator.control.clearCalls();
    const again = await stage.deploy('v1', { spec });
    expect(again.outputs).toMatchObject({ outcome: 'promoted', revision: first.outputs.revision });
    expect(stage.writes()).toEqual([]);
  });

  it('after a rollback warns that this image was rolled back before', async () => {
    const stage = await createStage();
    await stage.create('v1');
    await stage.load();
    await stage.deploy('failing');
    const again = await stage.deploy('failing');
    expect(
      again.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message),
    ).toContainEqual(expect.stringMatching(/This image was rolled back before \(shop-00002-.*error-rate/));
  });
});

describe('a dry run', () => {
  it('has the API validate the deploy and changes nothing', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const before = await stage.service();
    stage.emulator.control.clearCalls();
    const result = await stage.deploy('v2', { 'dry-run': 'true' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.outputs).toMatchObject({ outcome: '', revision: expect.stringMatching(/^shop-00002-/) });
    expect(stage.writes()).toMatchObject([
      { method: expect.stringContaining('UpdateService'), request: { validateOnly: true } },
    ]);
    expect(await stage.service()).toEqual(before);
    expect(result.log).toMatch(/traffic would go 50 % → 100 %/);
  });

  it('of a first deploy creates nothing', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v1', { 'dry-run': 'true', spec: '{"template": {}}' });
    expect(result.exitCode, result.log).toBe(0);
    expect(stage.writes()).toMatchObject([{ request: { validateOnly: true } }]);
    expect(stage.emulator.control.services()).toEqual([]);
  });

  it('says what the API would refuse', async () => {
    const stage = await createStage();
    await stage.create('v1');
    const result = await stage.deploy('v2', {
      'dry-run': 'true',
      spec: '{"template": {"maxInstanceRequestConcurrency": -1}}',
    });
    expect(result.exitCode).not.toBe(0);
  });
});
