import { expect, test } from 'vitest';
import { parseImageReference } from '../../src/registry/reference.ts';
import { createRegistryClient, type RegistryOptions, type Resolution } from '../../src/registry/resolve.ts';
import { type Behaviour, digestOf, startRegistry } from './support/registry.ts';

const manifest = JSON.stringify({ schemaVersion: 2, manifests: [] });
const digest = digestOf(manifest);
const stored: Behaviour = { manifests: { 'p/r/api:main': manifest, 'library/redis:latest': manifest } };
const bearer = (origin: string) =>
  `Bearer realm="${origin}/token",service="s",scope="repository:p/r/api:pull"`;
const GOOGLE = 'europe-docker.pkg.dev';
const accessToken = async () => 'google-secret';
const ownBasic = `Basic ${Buffer.from('oauth2accesstoken:google-secret').toString('base64')}`;

async function resolve(text: string, options: RegistryOptions = {}): Promise<Resolution> {
  const reference = parseImageReference(text);
  if (!reference) throw new Error(`no reference: ${text}`);
  return createRegistryClient(options).resolveDigest(reference);
}

test('one HEAD request tells the digest of a tag', async () => {
  await using registry = await startRegistry(stored);
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({ digest });
  expect(registry.seen).toMatchObject([{ method: 'HEAD', url: '/v2/p/r/api/manifests/main' }]);
  expect(registry.seen[0]?.accept).toContain('application/vnd.oci.image.index.v1+json');
  expect(registry.seen[0]?.accept).toContain('application/vnd.docker.distribution.manifest.list.v2+json');
});

test('a reference with a digest needs no registry', async () => {
  expect(await resolve(`registry.invalid/api:main@${digest}`)).toEqual({ digest });
});

test("an image of Docker Hub is asked for at Docker Hub's registry, by its latest tag", async () => {
  await using registry = await startRegistry(stored);
  expect(await resolve('redis', { fetch: registry.fetch })).toEqual({ digest });
  expect(registry.seen).toMatchObject([
    { host: 'registry-1.docker.io', url: '/v2/library/redis/manifests/latest' },
  ]);
});

test.each([
  ['sends no digest', { digestHeader: false }],
  ['knows no HEAD', { headStatus: 405 }],
  ['knows no HEAD and sends no digest', { headStatus: 400, digestHeader: false }],
])('where a registry %s the manifest itself is read', async (_, behaviour) => {
  await using registry = await startRegistry({ ...stored, ...behaviour });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({ digest });
  expect(registry.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test('a page instead of a manifest has no digest', async () => {
  await using registry = await startRegistry({
    ...stored,
    digestHeader: false,
    contentType: 'text/html; charset=x',
  });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({
    unresolved: `${registry.host} could not be asked: an answer of type text/html is no manifest`,
    missing: false,
  });
});

test('a manifest without end is not read to its end', async () => {
  const manifests = { 'p/r/api:main': 'x'.repeat(5 * 1024 * 1024) };
  await using registry = await startRegistry({ manifests, digestHeader: false });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toMatchObject({
    unresolved: expect.stringMatching(/more than 4194304 bytes/),
  });
});

test('a tag that does not exist is missing', async () => {
  await using registry = await startRegistry(stored);
  expect(await resolve(`${registry.host}/p/r/api:mian`)).toEqual({
    unresolved: `${registry.host} answered 404 for tag mian of p/r/api`,
    missing: true,
  });
});

test.each([
  [401, /wants credentials/],
  [403, /roles\/artifactregistry.reader/],
  [429, /too many requests/],
  [500, /answered 500$/],
])('an answer of %i is not a missing image', async (status, unresolved) => {
  await using registry = await startRegistry({
    answer: (_, response) => {
      response.writeHead(status).end();
      return true;
    },
  });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({
    unresolved: expect.stringMatching(unresolved),
    missing: false,
  });
});

test.each(['token', 'access_token'] as const)(
  'a public image is read with an anonymous `%s`',
  async (tokenField) => {
    await using registry = await startRegistry({ ...stored, challenge: bearer, tokenField });
    expect(await resolve(`${registry.host}/p/r/api:main`, { accessToken })).toEqual({ digest });
    expect(registry.seen).toMatchObject([
      { method: 'HEAD' },
      { method: 'GET', url: '/token?service=s&scope=repository%3Ap%2Fr%2Fapi%3Apull' },
      { method: 'HEAD', authorization: 'Bearer registry-token' },
    ]);
    expect(registry.seen[1]).not.toHaveProperty('authorization');
  },
);

test('a token serves the GET after the HEAD as well', async () => {
  await using registry = await startRegistry({ ...stored, challenge: bearer, digestHeader: false });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({ digest });
  expect(registry.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`)).toEqual([
    'HEAD /v2/p/r/api/manifests/main',
    'GET /token',
    'HEAD /v2/p/r/api/manifests/main',
    'GET /v2/p/r/api/manifests/main',
  ]);
});

test('a challenge without a scope is answered for the repository', async () => {
  await using registry = await startRegistry({
    ...stored,
    challenge: (origin) => `Bearer realm="${origin}/token"`,
  });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toEqual({ digest });
  expect(registry.seen[1]?.url).toBe('/token?scope=repository%3Ap%2Fr%2Fapi%3Apull');
});

test('a private image is not missing, only unresolved', async () => {
  await using registry = await startRegistry({ ...stored, challenge: bearer, accepts: () => false });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toMatchObject({
    unresolved: expect.stringMatching(/answered 401: it wants credentials/),
    missing: false,
  });
});

test.each([GOOGLE, 'gcr.io', 'eu.gcr.io'])("Google's registry %s gets the access token", async (host) => {
  await using registry = await startRegistry({
    ...stored,
    challenge: () => `Bearer realm="https://${host}/token",service="${host}",scope="repository:p/r/api:pull"`,
    accepts: (authorization) => authorization === ownBasic,
  });
  expect(await resolve(`${host}/p/r/api:main`, { accessToken, fetch: registry.fetch })).toEqual({ digest });
  expect(registry.seen.map((request) => [request.host, request.authorization])).toEqual([
    [host, undefined],
    [host, ownBasic],
    [host, 'Bearer registry-token'],
  ]);
});

test("Google's registry may ask for the access token directly", async () => {
  await using registry = await startRegistry({
    ...stored,
    answer({ headers }, response) {
      if (headers.authorization === ownBasic) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    },
  });
  expect(await resolve(`${GOOGLE}/p/r/api:main`, { accessToken, fetch: registry.fetch })).toEqual({ digest });
});

test('without an access token a public image of Google is read anonymously', async () => {
  await using registry = await startRegistry({
    ...stored,
    challenge: () => `Bearer realm="https://${GOOGLE}/token"`,
    accepts: (authorization) => authorization === undefined,
  });
  expect(await resolve(`${GOOGLE}/p/r/api:main`, { fetch: registry.fetch })).toEqual({ digest });
});

test.each([
  ['another registry', 'ghcr.io', 'https://ghcr.io/token'],
  ['a registry that is named alike', 'pkg.dev.evil.example', 'https://pkg.dev.evil.example/token'],
  ['a registry that ends alike', 'evil-gcr.io', 'https://evil-gcr.io/token'],
  ['a registry that sends to Google for a token', 'evil.example', `https://${GOOGLE}/token`],
  ["Google's registry that sends elsewhere for a token", GOOGLE, 'https://evil.example/token'],
  ["Google's registry on another port", `${GOOGLE}:8443`, `https://${GOOGLE}:8443/token`],
])('%s never sees the access token', async (_, host, realm) => {
  await using registry = await startRegistry({ ...stored, challenge: () => `Bearer realm="${realm}"` });
  expect(await resolve(`${host}/p/r/api:main`, { accessToken, fetch: registry.fetch })).toEqual({ digest });
  const sent = registry.seen.map(({ authorization }) => authorization ?? '');
  expect(sent).toEqual(['', '', 'Bearer registry-token']);
});

test('a redirect to another host takes no credentials along, there and back', async () => {
  const hops: Record<string, string> = {
    [GOOGLE]: 'https://storage.example/v2/p/r/api/manifests/main',
    'storage.example': `https://artifacts.${GOOGLE}/v2/p/r/api/manifests/main`,
  };
  await using registry = await startRegistry({
    ...stored,
    answer({ headers, url }, response) {
      const host = String(headers['x-asked-host']);
      if (url?.startsWith('/token')) return false;
      if (host === GOOGLE && headers.authorization !== 'Bearer registry-token') {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="https://${GOOGLE}/token"` }).end();
        return true;
      }
      const location = hops[host];
      if (location) response.writeHead(307, { location }).end();
      return location !== undefined;
    },
  });
  expect(await resolve(`${GOOGLE}/p/r/api:main`, { accessToken, fetch: registry.fetch })).toEqual({ digest });
  expect(registry.seen.map((request) => [request.host, request.authorization])).toEqual([
    [GOOGLE, undefined],
    [GOOGLE, ownBasic],
    [GOOGLE, 'Bearer registry-token'],
    ['storage.example', undefined],
    [`artifacts.${GOOGLE}`, undefined],
  ]);
});

test('a redirect of the token service takes the access token nowhere else', async () => {
  await using registry = await startRegistry({
    ...stored,
    challenge: () => `Bearer realm="https://${GOOGLE}/token"`,
    answer({ headers, url }, response) {
      if (!url?.startsWith('/token') || headers['x-asked-host'] !== GOOGLE) return false;
      response.writeHead(302, { location: 'https://evil.example/token' }).end();
      return true;
    },
  });
  await resolve(`${GOOGLE}/p/r/api:main`, { accessToken, fetch: registry.fetch });
  const elsewhere = registry.seen.filter(({ host }) => host === 'evil.example');
  expect(elsewhere).toHaveLength(1);
  expect(elsewhere[0]).not.toHaveProperty('authorization');
});

test('redirects that never end are given up', async () => {
  await using registry = await startRegistry({
    answer(_, response) {
      response.writeHead(302, { location: '/again' }).end();
      return true;
    },
  });
  expect(await resolve(`${registry.host}/p/r/api:main`)).toMatchObject({
    unresolved: expect.stringMatching(/more than 5 redirects/),
  });
  expect(registry.seen).toHaveLength(6);
});

test('a registry elsewhere cannot send us to plain http, nor to this machine', async () => {
  await using registry = await startRegistry({
    answer(_, response) {
      response.writeHead(302, { location: `http://${registry.host}/v2/p/r/api/manifests/main` }).end();
      return true;
    },
  });
  expect(await resolve('ghcr.io/p/r/api:main', { fetch: registry.fetch })).toMatchObject({
    unresolved: expect.stringMatching(/refused to ask http:\/\/127\.0\.0\.1/),
    missing: false,
  });
  expect(registry.seen).toHaveLength(1);
});

test('a registry that is not there leaves the tag unresolved', async () => {
  const registry = await startRegistry({});
  await registry[Symbol.asyncDispose]();
  expect(await resolve(`${registry.host}/p/r/api:main`)).toMatchObject({
    unresolved: expect.stringMatching(/could not be asked: fetch failed: .*ECONNREFUSED/),
    missing: false,
  });
});

test('credentials that cannot be had leave the tag unresolved', async () => {
  await using registry = await startRegistry({ challenge: () => `Bearer realm="https://${GOOGLE}/token"` });
  const broken = () => Promise.reject(new Error('no credentials'));
  expect(
    await resolve(`${GOOGLE}/p/r/api:main`, { accessToken: broken, fetch: registry.fetch }),
  ).toMatchObject({
    unresolved: expect.stringMatching(/no credentials/),
    missing: false,
  });
});

test('a registry that never answers is given up when its time is over', async () => {
  const timedOut = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  const silent: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      expect(init?.signal).toBeInstanceOf(AbortSignal);
      reject(timedOut);
    });
  expect(await resolve('ghcr.io/p/r/api:main', { fetch: silent })).toEqual({
    unresolved: 'ghcr.io could not be asked: The operation was aborted due to timeout',
    missing: false,
  });
});

test('a cancelled run is cancelled, not unresolved', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled');
  await using registry = await startRegistry({
    answer: () => {
      controller.abort(reason);
      return true;
    },
  });
  await expect(resolve(`${registry.host}/p/r/api:main`, { signal: controller.signal })).rejects.toBe(reason);
});
