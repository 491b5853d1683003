import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { parseImageReference } from '../../src/registry/reference.ts';
import { createRegistryClient } from '../../src/registry/resolve.ts';

/** A real registry (the `registry` image, say) at REGISTRY, such as 127.0.0.1:5000, into which anybody may push. */
const registry = process.env.REGISTRY;
const repository = 'apex-actions/resolve-test';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

type Descriptor = { mediaType: string; digest: string; size: number };

function describe(mediaType: string, body: string): Descriptor {
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  return { mediaType, digest, size: Buffer.byteLength(body) };
}

async function request(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok)
    throw new Error(`${init.method} ${url} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Uploads in two requests (POST, PUT): https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs */
async function pushBlob(mediaType: string, body: string): Promise<Descriptor> {
  const blob = describe(mediaType, body);
  const start = `http://${registry}/v2/${repository}/blobs/uploads/`;
  const { headers } = await request(start, { method: 'POST' });
  const upload = new URL(headers.get('location') ?? '', start);
  upload.searchParams.set('digest', blob.digest);
  await request(upload, { method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' } });
  return blob;
}

async function pushManifest(reference: string, mediaType: string, content: object): Promise<Descriptor> {
  const body = JSON.stringify({ schemaVersion: 2, mediaType, ...content });
  const url = `http://${registry}/v2/${repository}/manifests/${reference}`;
  await request(url, { method: 'PUT', body, headers: { 'content-type': mediaType } });
  return describe(mediaType, body);
}

async function resolve(tag: string) {
  const reference = parseImageReference(`${registry}/${repository}:${tag}`);
  if (!reference) throw new Error(`REGISTRY is no registry: ${registry}`);
  return createRegistryClient().resolveDigest(reference);
}

let image: Descriptor;

beforeAll(async () => {
  if (!registry) throw new Error('REGISTRY must name a registry to test with, such as 127.0.0.1:5000');
  const config = await pushBlob(
    'application/vnd.oci.image.config.v1+json',
    '{"architecture":"amd64","os":"linux"}',
  );
  image = await pushManifest('one', MANIFEST, { config, layers: [] });
});

test('an image resolves to the digest of its manifest', async () => {
  expect(await resolve('one')).toEqual({ digest: image.digest });
});

test('a multi-platform image resolves to its index, not to one of its platforms', async () => {
  const platform = { architecture: 'amd64', os: 'linux' };
  const index = await pushManifest('many', INDEX, { manifests: [{ ...image, platform }] });
  expect(await resolve('many')).toEqual({ digest: index.digest });
});

test('a tag that was moved resolves to where it is now', async () => {
  const moved = await pushManifest('moving', INDEX, { manifests: [image] });
  expect(await resolve('moving')).toEqual({ digest: moved.digest });
  const again = await pushManifest('moving', INDEX, { manifests: [image, image] });
  expect(await resolve('moving')).toEqual({ digest: again.digest });
});

test('a tag that was never pushed is missing', async () => {
  expect(await resolve('never')).toMatchObject({ missing: true });
});
