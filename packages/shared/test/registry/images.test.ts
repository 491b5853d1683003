import { expect, onTestFinished, test } from 'vitest';
import { createImages } from '../../src/registry/images.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { type Behaviour, digestOf, OCI_INDEX, startRegistry } from './support/registry.ts';

const IMAGE = JSON.stringify({
  schemaVersion: 2,
  config: { digest: `sha256:${'c'.repeat(64)}`, size: 2 },
  layers: [{ digest: `sha256:${'d'.repeat(64)}`, size: 100 }],
});

async function stage(behaviour: Behaviour) {
  const registry = await startRegistry({ manifests: { 'shop/api:one': IMAGE }, ...behaviour });
  onTestFinished(() => registry[Symbol.asyncDispose]());
  const repository = { registry: registry.host, repository: 'shop/api' };
  return { registry, repository };
}

test('a registry that is busy for a moment is asked again', async () => {
  let asked = 0;
  const { repository } = await stage({
    answer: (_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
      return asked === 1;
    },
  });
  const retries: string[] = [];
  const images = createImages({ onRetry: (error) => retries.push(String(error)) });
  expect((await images.manifest(repository, 'one'))?.digest).toBe(digestOf(IMAGE));
  expect(retries).toEqual([expect.stringContaining('answered 503 for one of shop/api')]);
});

test('what is not there is told from what is refused', async () => {
  const { repository } = await stage({});
  expect(await createImages().manifest(repository, 'none')).toBeUndefined();
  const { repository: closed } = await stage({
    answer: (_, response) => {
      response.writeHead(403).end();
      return true;
    },
  });
  await expect(createImages().manifest(closed, 'one')).rejects.toThrow(
    /answered 403 for one of shop\/api: these credentials are not enough/,
  );
});

test('another manifest than the digest names is refused', async () => {
  const wanted = `sha256:${'0'.repeat(64)}`;
  const { repository } = await stage({ manifests: { [`shop/api:${wanted}`]: IMAGE } });
  await expect(createImages().manifest(repository, wanted)).rejects.toThrow(/answered another manifest/);
});

test('a login that is there goes before all others, to where the registry sends it', async () => {
  const { registry, repository } = await stage({
    challenge: (origin) => `Bearer realm="${origin}/token",service="shop"`,
    accepts: (authorization) => authorization === 'Basic YTpi',
  });
  const images = createImages({ logins: async () => 'Basic YTpi' });
  expect((await images.manifest(repository, 'one'))?.digest).toBe(digestOf(IMAGE));
  expect(registry.seen.filter(({ url }) => url.startsWith('/token'))).toHaveLength(1);
});

test('an index is its platforms, without attestations', () => {
  const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
  const entry = (digit: string, more: object) => ({ digest: `sha256:${digit.repeat(64)}`, size: 1, ...more });
  const index = {
    mediaType: OCI_INDEX,
    manifests: [
      entry('1', { platform }),
      entry('2', {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      }),
    ],
  };
  expect(parseManifest(Buffer.from(JSON.stringify(index)))).toEqual({
    kind: 'index',
    images: [{ digest: `sha256:${'1'.repeat(64)}`, platform: 'linux/arm64/v8' }],
  });
});
