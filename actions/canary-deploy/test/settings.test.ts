import { describe, expect, it } from 'vitest';
import { createStage, image, pinned, SERVICE_NAME, type Stage } from './support/stage.ts';

/** A service as gcloud and others have left it: settings of every kind, none of them ours. */
async function lived(stage: Stage) {
  const first = await stage.create('v1', {
    client: 'gcloud',
    clientVersion: '528.0.0',
    description: 'sells things',
    labels: { team: 'shop' },
    annotations: { 'example.com/owner': 'ada' },
    ingress: 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER',
    scaling: { minInstanceCount: 1 },
    template: {
      revision: 'shop-00001-cli',
      serviceAccount: 'shop@test-project.iam.gserviceaccount.com',
      timeout: { seconds: 42 },
      maxInstanceRequestConcurrency: 5,
      sessionAffinity: true,
      scaling: { minInstanceCount: 1, maxInstanceCount: 9 },
      vpcAccess: { connector: 'projects/test-project/locations/europe-west1/connectors/private' },
      volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '64Mi' } }],
      labels: { kind: 'web' },
      annotations: { 'example.com/note': 'do not touch' },
      containers: [
        {
          name: 'web',
          ports: [{ name: 'http1', containerPort: 8080 }],
          args: ['--verbose'],
          env: [
            { name: 'KEPT', value: '1' },
            { name: 'CHANGED', value: 'old' },
            { name: 'TOKEN', valueSource: { secretKeyRef: { secret: 'shop-token', version: '2' } } },
            { name: 'KEY', valueSource: { secretKeyRef: { secret: 'shop-key', version: '1' } } },
          ],
          resources: { limits: { memory: '1Gi', cpu: '1000m' } },
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        },
        { name: 'proxy', image: image('v2'), env: [{ name: 'CHANGED', value: 'of the proxy' }] },
      ],
    },
  });
  await stage.update({ traffic: [pinned(first, 100), pinned(first, 0, 'blue')] }, ['traffic']);
  stage.emulator.control.clearCalls();
  return { first, before: await stage.service() };
}

type Container = { name?: string | null; env?: unknown; image?: string | null };

function without<T extends object>(value: T | null | undefined, ...fields: string[]) {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([field]) => !fields.includes(field)));
}

/** The service as a deploy writes it, before the deploy has judged anything; ends the deploy. */
async function written(stage: Stage, spec: string) {
  const running = stage.start('canary-deploy', { image: image('v2'), spec });
  await running.waitForLine((line) => line.includes('is Ready at 0 %'));
  const service = await stage.service();
  running.cancel();
  await running.main;
  return service;
}

describe('a deploy onto a service that others have made', () => {
  it('changes image, variables and secrets as asked, and nothing else', async () => {
    const stage = await createStage();
    const { first, before } = await lived(stage);
    await stage.load();
    const result = await stage.deploy('v2', {
      'env-vars': 'CHANGED=new,ADDED=a\\,b',
      secrets: 'TOKEN=shop-token:3\nKEPT_SECRET=other',
    });
    expect(result.outputs.outcome, result.log).toBe('promoted');
    const after = await stage.service();

    const ours = [
      'traffic',
      'trafficStatuses',
      'template',
      'annotations',
      'etag',
      'generation',
      'conditions',
    ];
    const told = ['observedGeneration', 'updateTime', 'terminalCondition', 'lastModifier'];
    const latest = ['latestReadyRevision', 'latestCreatedRevision'];
    const others = [...ours, ...told, ...latest];
    expect(without(after, ...others)).toEqual(without(before, ...others));
    expect(without(after.annotations, 'apex.dev/history')).toEqual(before.annotations);

    const fields = ['revision', 'labels', 'annotations', 'containers'];
    expect(without(after.template, ...fields)).toEqual(without(before.template, ...fields));
    expect(without(after.template?.labels, 'apex-commit', 'apex-run')).toEqual(before.template?.labels);
    expect(without(after.template?.annotations, 'apex.dev/fingerprint', 'apex.dev/image')).toEqual(
      before.template?.annotations,
    );

    const [web, proxy] = after.template?.containers ?? [];
    const [webBefore, proxyBefore] = before.template?.containers ?? [];
    expect(without<Container>(web, 'env', 'image')).toEqual(without<Container>(webBefore, 'env', 'image'));
    expect(proxy).toEqual(proxyBefore);
    expect(web?.image).toBe(image('v2'));
    const reference = (secret: string, version: string) =>
      expect.objectContaining({ secretKeyRef: expect.objectContaining({ secret, version }) });
    expect(web?.env).toEqual([
      expect.objectContaining({ name: 'KEPT', value: '1' }),
      expect.objectContaining({ name: 'KEY', valueSource: reference('shop-key', '1') }),
      expect.objectContaining({ name: 'CHANGED', value: 'new' }),
      expect.objectContaining({ name: 'ADDED', value: 'a,b' }),
      expect.objectContaining({ name: 'TOKEN', valueSource: reference('shop-token', '3') }),
      expect.objectContaining({ name: 'KEPT_SECRET', valueSource: reference('other', 'latest') }),
    ]);

    expect(after.traffic).toMatchObject([
      pinned(result.outputs.revision ?? '', 100),
      { revision: first, percent: 0, tag: 'blue' },
    ]);
  });

  it('names the fields of every write, never the template as a whole, and carries the etag', async () => {
    const stage = await createStage();
    await lived(stage);
    await stage.load();
    await stage.deploy('v2');
    const writes = stage.writes();
    expect(writes.length).toBeGreaterThanOrEqual(3);
    for (const { request } of writes) {
      expect(request).toMatchObject({ service: { name: SERVICE_NAME, etag: expect.stringMatching(/.+/) } });
      const { updateMask } = request as { updateMask: string[] };
      expect(updateMask).toEqual(expect.arrayContaining(['traffic', 'annotations']));
      expect(updateMask).not.toContain('template');
      expect(updateMask).not.toContain('*');
    }
    const [creation, ...moves] = writes.map(
      ({ request }) => (request as { updateMask: string[] }).updateMask,
    );
    expect(creation).toContain('template.containers');
    for (const mask of moves) expect([...mask].sort()).toEqual(['annotations', 'traffic']);
  });

  it('finds the container of a spec that gives it no name, or another one', async () => {
    const stage = await createStage();
    await stage.create('v1', { template: { containers: [{ env: [{ name: 'KEPT', value: '1' }] }] } });
    await written(stage, '{"template": {"containers": [{"resources": {"limits": {"memory": "1Gi"}}}]}}');
    const { template } = await written(
      stage,
      '{"template": {"containers": [{"name": "app", "workingDir": "/srv"}]}}',
    );
    expect(template?.containers).toMatchObject([
      {
        name: 'app',
        image: image('v2'),
        env: [{ name: 'KEPT', value: '1' }],
        resources: { limits: { memory: '1Gi' } },
        workingDir: '/srv',
      },
    ]);
  });

  it('with a spec changes the fields that the spec names, down to the single setting', async () => {
    const stage = await createStage();
    const { before } = await lived(stage);
    const spec = [
      'description: sells more',
      'scaling: { maxInstanceCount: 30 }',
      'template:',
      '  scaling: { maxInstanceCount: 20 }',
      '  containers:',
      '    - name: web',
      '      resources: { limits: { memory: 2Gi } }',
      '      env: [{ name: CHANGED, value: new }]',
      '      startupProbe: { httpGet: { path: /health } }',
    ].join('\n');
    const { description, scaling, template } = await written(stage, spec);
    expect(description).toBe('sells more');
    expect(scaling).toMatchObject({ minInstanceCount: 1, maxInstanceCount: 30 });
    expect(template?.scaling).toMatchObject({ minInstanceCount: 1, maxInstanceCount: 20 });
    expect(template?.volumes).toEqual(before.template?.volumes);
    const [web, proxy] = template?.containers ?? [];
    const [webBefore, proxyBefore] = before.template?.containers ?? [];
    expect(web?.resources?.limits).toEqual({ memory: '2Gi', cpu: '1000m' });
    expect(web?.env?.map(({ name }) => name)).toEqual(['KEPT', 'TOKEN', 'KEY', 'CHANGED']);
    expect(web?.startupProbe).toMatchObject({ httpGet: { path: '/health' } });
    expect(web?.startupProbe?.tcpSocket).toBeFalsy();
    const named = ['image', 'resources', 'env', 'startupProbe'];
    expect(without<Container>(web, ...named)).toEqual(without<Container>(webBefore, ...named));
    expect(proxy).toEqual(proxyBefore);
  });
});
