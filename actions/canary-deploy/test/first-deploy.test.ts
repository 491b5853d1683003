import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, SERVICE } from './support/stage.ts';

const spec = {
  invokerIamDisabled: true,
  labels: { team: 'shop' },
  template: { timeout: '120s', containers: [{ env: [{ name: 'MODE', value: 'live' }] }] },
};

describe('the first deploy of a service', () => {
  it('creates it from its spec, gives the revision all the traffic by name, and marks it', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v1', { spec: JSON.stringify(spec), 'env-vars': 'COLOUR=red' });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.summary).toContain('## ✅ Deployed for the first time: `shop`');
    const service = await stage.service();
    expect(result.outputs).toMatchObject({ outcome: 'promoted', verdict: 'healthy', url: service.uri });
    const revision = result.outputs.revision ?? '';
    expect(service.traffic).toMatchObject([
      { type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION', revision, percent: 100 },
    ]);
    expect(service.template?.timeout?.seconds).toBe('120');
    expect(service.labels).toMatchObject({ team: 'shop' });
    const [container] = service.template?.containers ?? [];
    expect(container?.image).toBe(image('v1'));
    expect(container?.env?.map(({ name, value }) => `${name}=${value}`)).toEqual(['MODE=live', 'COLOUR=red']);
    const [made] = await stage.revisions.getRevision({ name: `${service.name}/revisions/${revision}` });
    expect(made.labels).toMatchObject({
      'apex-commit': expect.stringMatching(/^[0-9a-f]{40}$/),
      'apex-run': expect.any(String),
    });
    expect(service.annotations?.['apex.dev/history']).toContain(revision);
    expect(service.annotations?.['apex.dev/rollout']).toBeUndefined();
  });

  it('takes the spec as YAML in the workflow', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v1', {
      spec: 'template:\n  # as in production\n  timeout: 90s\n  scaling: { minInstanceCount: 2 }\n',
    });
    expect(result.exitCode, result.log).toBe(0);
    const { template } = await stage.service();
    expect(template).toMatchObject({ timeout: { seconds: '90' }, scaling: { minInstanceCount: 2 } });
  });

  it('takes the spec from a YAML file of the workspace', async () => {
    const stage = await createStage();
    const running = stage.start('canary-deploy', { image: image('v1'), spec: 'service.yaml' });
    writeFileSync(
      join(running.directories.workspace, 'service.yaml'),
      'template:\n  maxInstanceRequestConcurrency: 7\n',
    );
    expect((await running.main).exitCode).toBe(0);
    expect((await stage.service()).template?.maxInstanceRequestConcurrency).toBe(7);
  });

  it('is refused without a spec, so that a misspelt name creates nothing', async () => {
    const stage = await createStage();
    const result = await stage.deploy('v1');
    expect(onlyError(result)).toBe(
      `Service ${SERVICE} does not exist in test-project/europe-west1. Nothing was changed. For its first deploy give \`spec\` (see the README); otherwise check service, region and project-id.`,
    );
    expect(stage.writes()).toEqual([]);
  });

  it.each([
    ['an unknown field', '{"template": {"containerz": []}}', /containerz/],
    ['a field of the wrong type', '{"template": {"timeout": "soon"}}', /spec/],
    ['traffic', '{"template": {}, "traffic": []}', /traffic is moved by the rollout/],
    ['a revision name', '{"template": {"revision": "shop-mine"}}', /revisions are named by the rollout/],
    ['the v1 form', 'apiVersion: serving.knative.dev/v1\nkind: Service\n', /v1 \(Knative\) form/],
    ['no mapping', 'just: [a\n', /spec/],
    ['a file that is not there', 'no/such/file.yaml', /does not exist/],
  ])('is refused with a spec that has %s', async (_, text, expected) => {
    const stage = await createStage();
    const result = await stage.deploy('v1', { spec: text });
    expect(onlyError(result)).toMatch(expected);
    expect(stage.writes()).toEqual([]);
  });

  it('that does not start says why, and the next deploy of a good image works', async () => {
    const stage = await createStage();
    const broken = await stage.deploy('broken', { spec: '{"template": {}}' });
    expect(broken.exitCode).not.toBe(0);
    expect(broken.summary).toContain('## ❌ First deploy failed: `shop`');
    expect(broken.outputs.outcome).toBe('aborted');
    expect(onlyError(broken)).toMatch(
      /The first deploy failed: .* did not start: .*failed to start and listen/,
    );
    stage.emulator.control.addFault({ method: 'UpdateService', nth: 1, code: 'UNAVAILABLE', when: 'after' });
    const good = await stage.deploy('v1', { spec: '{"template": {}}' });
    expect(good.exitCode, good.log).toBe(0);
    expect(await stage.split()).toEqual({ [good.outputs.revision ?? '']: 100 });
  });

  it('that was not healthy is not taken for done when it is run again, nor for stable by the next', async () => {
    const stage = await createStage();
    const spec = '{"template": {}}';
    await stage.deploy('unhealthy', { spec });
    const again = await stage.deploy('unhealthy', { spec });
    expect(again.exitCode, again.log).not.toBe(0);
    expect(again.outputs.outcome).toBe('aborted');
    const mended = await stage.deploy('v1', { spec });
    expect(mended.exitCode, mended.log).toBe(0);
    expect(mended.outputs.outcome).toBe('promoted');
    expect(await stage.split()).toEqual({ [mended.outputs.revision ?? '']: 100 });
  });

  it.each([
    ['before', 'CreateService'],
    ['after', 'CreateService'],
    ['before', 'UpdateService'],
    ['after', 'UpdateService'],
  ] as const)('survives an API that is unavailable %s %s took effect', async (when, method) => {
    const stage = await createStage();
    stage.emulator.control.addFault({ method, from: 1, count: 2, code: 'UNAVAILABLE', when });
    const result = await stage.deploy('v1', { spec: '{"template": {}}' });
    expect(result.outputs, result.log).toMatchObject({ outcome: 'promoted', verdict: 'healthy' });
    expect(await stage.split()).toEqual({ [result.outputs.revision ?? '']: 100 });
    const [revisions] = await stage.revisions.listRevisions({ parent: (await stage.service()).name ?? '' });
    expect(revisions).toHaveLength(1);
  });

  it('cancelled while its health is checked, says who has the users, and is done anew', async () => {
    const stage = await createStage();
    const spec = '{"template": {}}';
    const running = stage.start('canary-deploy', { image: image('unhealthy'), spec });
    await running.waitForLine((line) => line.includes('Not healthy yet'));
    running.cancel();
    const result = await running.main;
    expect(result.exitCode).not.toBe(0);
    expect(result.outputs, result.log).toMatchObject({ outcome: 'aborted', verdict: 'no-data' });
    expect(onlyError(result)).toMatch(
      /The first deploy was stopped: the step was cancelled \(SIGINT\)\. Users have shop-00001-\w+ 100 %\./,
    );
    const next = await stage.deploy('v1', { spec });
    expect(next.outputs.outcome, next.log).toBe('promoted');
  });

  it('cancelled while it is created, says so', async () => {
    const stage = await createStage();
    stage.emulator.control.addFault({ kind: 'stuck-operation', method: 'CreateService' });
    const running = stage.start('canary-deploy', { image: image('v1'), spec: '{"template": {}}' });
    await stage.nthWrite(1);
    await stage.writesEnded();
    running.cancel();
    const result = await running.main;
    expect(result.outputs.outcome, result.log).toBe('aborted');
    expect(onlyError(result)).toMatch(/The first deploy was stopped: the step was cancelled \(SIGINT\)/);
  });

  it('that somebody else makes at the same moment is left to them', async () => {
    const stage = await createStage();
    stage.emulator.control.addFault({ method: 'CreateService', nth: 1, hold: true });
    const running = stage.start('canary-deploy', { image: image('v1'), spec: '{"template": {}}' });
    await stage.nthWrite(1);
    const theirs = await stage.create('v2');
    stage.emulator.control.clearFaults();
    const result = await running.main;
    expect(onlyError(result)).toMatch(/ALREADY_EXISTS/);
    expect(await stage.split()).toEqual({ [theirs]: 100 });
  });

  it('that is not healthy fails, with the outputs set', async () => {
    const stage = await createStage();
    const result = await stage.deploy('unhealthy', { spec: '{"template": {}}' });
    expect(result.outputs).toMatchObject({
      outcome: 'aborted',
      verdict: 'failing',
      revision: expect.stringMatching(/^shop-00001-/),
    });
    expect(onlyError(result)).toMatch(/The first deploy failed: .* started, but GET \/health answered 500/);
    expect(result.lines.filter((line) => line.startsWith('::error::from'))).toEqual([]);
  });
});
