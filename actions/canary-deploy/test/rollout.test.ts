import { describe, expect, it } from 'vitest';
import { createStage, image, onlyError, pinned, type Stage } from './support/stage.ts';

type WrittenTarget = { type?: string; revision?: string; percent?: number; tag?: string };

/** What each write said about traffic. */
function trafficWrites(stage: Stage): WrittenTarget[][] {
  return stage.writes().flatMap(({ request }) => {
    const { service, updateMask } = request as {
      service?: { traffic?: WrittenTarget[] };
      updateMask?: string[];
    };
    return updateMask?.includes('traffic') ? [service?.traffic ?? []] : [];
  });
}

describe('a good release', () => {
  it('is pinned at 0 % when it is created, shifted, promoted, and told in the log, the summary and the history', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    stage.emulator.control.clearCalls();
    const result = await stage.deploy('v2');
    expect(result.exitCode, result.log).toBe(0);
    const canary = result.outputs.revision ?? '';
    expect(result.outputs).toMatchObject({
      outcome: 'promoted',
      verdict: 'healthy',
      'stable-revision': first,
    });
    expect(await stage.split()).toEqual({ [canary]: 100 });

    const [creation, ...later] = trafficWrites(stage);
    expect(creation).toMatchObject([pinned(first, 100), pinned(canary, 0, 'canary')]);
    const begun = stage.writes()[0]?.request as { service?: { annotations?: Record<string, string> } };
    expect(JSON.parse(begun.service?.annotations?.['apex.dev/rollout'] ?? '')).toMatchObject({
      canary,
      percent: 0,
      stable: [{ revision: first, percent: 100 }],
    });
    expect(
      later.map((targets) => targets.find(({ revision, tag }) => revision === canary && !tag)?.percent),
    ).toEqual([50, 100]);
    for (const { request } of stage.writes()) {
      expect(request).toMatchObject({
        updateMask: expect.any(Array),
        service: { etag: expect.stringMatching(/.+/) },
      });
    }

    const service = await stage.service();
    expect(service.annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(service.traffic?.some(({ tag }) => tag === 'canary')).toBe(false);
    expect(JSON.parse(service.annotations?.['apex.dev/history'] ?? '')).toMatchObject([
      {
        outcome: 'promoted',
        revision: canary,
        from: [{ revision: first, percent: 100 }],
        to: [{ revision: canary, percent: 100 }],
      },
    ]);
    expect(result.log).toMatch(
      / 50 % \| .*healthy.* \| canary +\d+ req +0 % err P95 +\d+ ms \| stable +\d+ req .* next: all users/,
    );
    expect(result.groups).toEqual([
      'Deploy the canary at 0 %',
      'Check the canary at its own URL',
      'Shift 50 % to the canary and bake',
      'Promote to 100 %',
    ]);
    expect(result.summary).toContain('## ✅ Promoted: `shop`');
    expect(result.summary).toMatch(
      /^\*\*`shop-\S+` serves all users\.\*\* Every check was within its limit: 0 %/m,
    );
    expect(result.summary).toMatch(/\| 50 % \| .* \| healthy \|/);
    for (const link of ['/revisions?', '/metrics?', 'logs/query;']) expect(result.summary).toContain(link);
    expect(result.limitViolations).toEqual([]);
  });

  it('changes only what was asked for', async () => {
    const stage = await createStage();
    await stage.create('v1', {
      labels: { team: 'shop' },
      annotations: { 'example.com/owner': 'ada' },
      template: {
        timeout: { seconds: 42 },
        maxInstanceRequestConcurrency: 5,
        labels: { kind: 'web' },
        containers: [
          {
            env: [
              { name: 'KEPT', value: '1' },
              { name: 'CHANGED', value: 'old' },
            ],
            resources: { limits: { memory: '1Gi', cpu: '1000m' } },
          },
        ],
      },
    });
    const before = await stage.service();
    const first = before.latestReadyRevision?.split('/').at(-1) ?? '';
    await stage.update({ traffic: [pinned(first, 100), pinned(first, 0, 'blue')] }, ['traffic']);
    await stage.load();
    const result = await stage.deploy('v2', {
      'env-vars': 'CHANGED=new,ADDED=a\\,b',
      secrets: 'TOKEN=shop-token:3',
    });
    expect(result.exitCode, result.log).toBe(0);
    const after = await stage.service();
    expect(after.labels).toEqual(before.labels);
    expect(after.annotations?.['example.com/owner']).toBe('ada');
    expect(after.template).toMatchObject({
      timeout: before.template?.timeout,
      maxInstanceRequestConcurrency: 5,
      labels: { kind: 'web' },
    });
    const [container] = after.template?.containers ?? [];
    expect(container?.resources).toEqual(before.template?.containers?.[0]?.resources);
    expect(container?.env?.map(({ name, value }) => [name, value])).toEqual([
      ['KEPT', '1'],
      ['CHANGED', 'new'],
      ['ADDED', 'a,b'],
      ['TOKEN', undefined],
    ]);
    expect(container?.env?.[3]?.valueSource?.secretKeyRef).toMatchObject({
      secret: 'shop-token',
      version: '3',
    });
    expect(after.traffic?.filter(({ tag }) => tag)).toMatchObject([
      { revision: first, percent: 0, tag: 'blue' },
    ]);
  });
});

describe('a bad release', () => {
  it('is rolled back to a split stable, in its old proportions', async () => {
    const stage = await createStage();
    const one = await stage.create('v1');
    await stage.update({ template: { containers: [{ image: image('v2') }] } }, ['template.containers']);
    const two = (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
    await stage.update({ traffic: [pinned(one, 70), pinned(two, 30)] }, ['traffic']);
    await stage.load();
    const running = stage.start('canary-deploy', { image: image('failing'), steps: '20' });
    await running.waitForLine((line) => line.includes('20 % |'));
    const split = await stage.split();
    const result = await running.main;
    const canary = result.outputs.revision ?? '';
    expect(split).toEqual({ [one]: 56, [two]: 24, [canary]: 20 });
    expect(result.exitCode).not.toBe(0);
    expect(result.outputs).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(onlyError(result)).toMatch(
      /was rolled back: error-rate: canary .* errors in .* Stable serves again: .* 70 %, .* 30 %\. Look at the logs/,
    );
    expect(await stage.split()).toEqual({ [one]: 70, [two]: 30 });
    expect((await stage.service()).annotations?.['apex.dev/rollout']).toBeUndefined();
    expect(result.summary).toContain('## ❌ Rolled back');
  });

  it.each([
    ['max-latency-p95', '200ms', /latency-p95: canary .* slow requests/],
    ['max-latency-ratio', '2', /latency-ratio: canary .* slow requests/],
  ])('that is slow is caught by %s', async (input, limit, expected) => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const result = await stage.deploy('slow', { [input]: limit, 'max-bake': '1m' });
    expect(result.outputs).toMatchObject({ outcome: 'rolled-back', verdict: 'failing' });
    expect(onlyError(result)).toMatch(expected);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('that does not start never has a user, and the reason is Cloud Run’s', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const result = await stage.deploy('broken');
    expect(result.outputs).toMatchObject({
      outcome: 'rolled-back',
      verdict: 'failing',
      revision: expect.stringMatching(/^shop-00002-/),
    });
    expect(onlyError(result)).toMatch(/failed to start and listen/);
    expect(stage.usersOf(result.outputs.revision ?? '')).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect((await stage.service()).traffic?.some(({ tag }) => tag)).toBe(false);
    expect(result.groups).not.toContain('Shift 50 % to the canary and bake');

    const next = await stage.deploy('v2');
    expect(next.exitCode, next.log).toBe(0);
  });

  it('whose health check fails at 0 % never has a user', async () => {
    const stage = await createStage();
    const first = await stage.create('v1');
    await stage.load();
    const result = await stage.deploy('unhealthy');
    expect(result.outputs).toMatchObject({ outcome: 'rolled-back' });
    expect(onlyError(result)).toMatch(/health check at 0 %: GET \/health answered 500/);
    expect(stage.usersOf(result.outputs.revision ?? '')).toBe(0);
    expect(await stage.split()).toEqual({ [first]: 100 });
    expect(result.lines.filter((line) => line.startsWith('::error::from'))).toEqual([]);
  });
});
