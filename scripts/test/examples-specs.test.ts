/** The settings of the services of the three reference systems, as canary-deploy reads them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputReader } from '@apex-actions/shared/action/inputs';
import { readSpec } from '@apex-actions/shared/cloudrun/spec';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { services } from './support/example-services.ts';
import { root } from './support/examples.ts';

const EXAMPLES = join(root, 'examples');

function specOf(folder: string) {
  const reader = new InputReader({ INPUT_SPEC: join(EXAMPLES, folder, 'service.yaml') });
  const spec = readSpec(reader, 'Service');
  reader.finish();
  const container = spec?.template?.containers?.[0];
  if (!spec?.template || !container) throw new Error(`${folder} has no container`);
  return { spec, template: spec.template, container };
}

it('there is one for each service that is tested, and no other', () => {
  const folders = globSync('{apex-memory,mindmirror,platform}/**/service.yaml', { cwd: EXAMPLES }).map(
    dirname,
  );
  expect(folders.sort()).toEqual(services.map(({ folder }) => folder).sort());
});

describe.each(services)('$folder', ({ folder, service, healthPath }) => {
  const { spec, template, container } = specOf(folder);
  const isWorker = ['celery-worker', 'apex-worker', 'qdrant'].includes(service);

  it('has an account of its own, limits, and bounds for its instances', () => {
    expect(template.serviceAccount).toBe(`${service}@my-project.iam.gserviceaccount.com`);
    expect(container.resources?.limits).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    expect(template.scaling?.maxInstanceCount).toBeGreaterThan(0);
  });

  it('has probes that ask no dependency', () => {
    const path = service === 'qdrant' ? healthPath : '/live';
    expect(container.startupProbe?.httpGet?.path).toBe(path);
    expect(container.livenessProbe?.httpGet?.path).toMatch(/^\/livez?$/);
  });

  it('is reachable from inside only where it has no users', () => {
    expect(spec.ingress ?? 'everywhere').toBe(isWorker ? 'INGRESS_TRAFFIC_INTERNAL_ONLY' : 'everywhere');
    expect(container.resources?.cpuIdle ?? 'default').toBe(isWorker ? false : 'default');
    if (isWorker) expect(template.scaling?.minInstanceCount).toBe(1);
  });

  it('reaches its database directly, and everything else as ever', () => {
    const hasDatabase = container.env?.some(({ name }) => name === 'DATABASE_URL' || name === 'BROKER_URL');
    expect(template.vpcAccess?.egress ?? 'none').toBe(hasDatabase ? 'PRIVATE_RANGES_ONLY' : 'none');
    expect(template.vpcAccess?.networkInterfaces ?? []).toHaveLength(hasDatabase ? 1 : 0);
  });

  it('takes secrets from Secret Manager, by their version, and mounts what it names', () => {
    for (const { name, valueSource } of container.env ?? []) {
      const isSecret = /_URL$|_KEY$|PASSWORD$/.test(name ?? '');
      expect(valueSource?.secretKeyRef?.version ?? 'plain', name ?? '').toBe(isSecret ? '1' : 'plain');
    }
    const volumes = template.volumes?.map(({ name }) => name) ?? [];
    expect(container.volumeMounts?.map(({ name }) => name) ?? []).toEqual(volumes);
  });

  it('names BROKEN, since a variable that a spec does not name stays as it was', () => {
    const broken = container.env?.find(({ name }) => name === 'BROKEN');
    expect(broken?.value).toBe(service === 'qdrant' ? undefined : '');
  });

  it('has a Dockerfile whose files are there, unless its image is of others', () => {
    const file = join(EXAMPLES, folder, 'Dockerfile');
    expect(existsSync(file)).toBe(service !== 'qdrant');
    if (service === 'qdrant') return;
    const text = readFileSync(file, 'utf8');
    const system = folder.split('/')[0] ?? '';
    for (const [, from, sources = ''] of text.matchAll(/^COPY (--from=\S+ )?(.*) \S+$/gm)) {
      if (from) continue;
      for (const source of sources.split(' ')) {
        expect(existsSync(join(EXAMPLES, system, source)), source).toBe(true);
      }
    }
    expect(text).toMatch(/^USER (node|nobody)$/m);
    // As in the emulator, where the command runs in the folder of the service.
    expect(text).toContain(`WORKDIR /app/${folder.split('/').slice(1).join('/')}\n`);
  });
});

it('a folder of secrets is mounted where the program looks for it', () => {
  for (const folder of ['mindmirror/services/users', 'mindmirror/services/gateway', 'apex-memory/api']) {
    const { template, container } = specOf(folder);
    const [mount] = container.volumeMounts ?? [];
    const [item] = template.volumes?.[0]?.secret?.items ?? [];
    const file = container.env?.find(({ name }) => name === 'SIGNING_KEY_FILE')?.value;
    expect(file).toBe(`${mount?.mountPath}/${item?.path}`);
  }
});

it('what the reference systems need', () => {
  expect(specOf('platform/api').template.scaling).toMatchObject({
    minInstanceCount: 2,
    maxInstanceCount: 20,
  });
  const websocket = specOf('platform/websocket').template;
  expect(websocket.sessionAffinity).toBe(true);
  expect(Number(websocket.timeout?.seconds)).toBe(3600);
  const qdrant = specOf('apex-memory/qdrant').template;
  expect(qdrant.scaling).toMatchObject({ minInstanceCount: 1, maxInstanceCount: 1 });
  expect(qdrant.volumes?.map(({ emptyDir, gcs }) => emptyDir?.medium ?? gcs?.bucket)).toEqual([
    'MEMORY',
    'my-project-qdrant-snapshots',
  ]);
});

it.each(globSync('*/**/package.json', { cwd: EXAMPLES, exclude: ['**/node_modules'] }))(
  '%s asks for the versions that are tested here, and its lock names no registry but npm’s',
  (file) => {
    const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
      catalog: Record<string, string>;
    };
    const { dependencies } = JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(dependencies)) expect(version, name).toBe(catalog[name]);
    const lock = readFileSync(join(EXAMPLES, dirname(file), 'package-lock.json'), 'utf8');
    expect(lock.replaceAll('"resolved": "https://registry.npmjs.org/', '')).not.toContain('"resolved"');
  },
);
