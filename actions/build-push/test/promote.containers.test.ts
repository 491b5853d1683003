import { expect, it } from 'vitest';
import { folder, newRepository, onlyError, registrySays, run } from './support/kit.ts';

const HELLO = { Dockerfile: 'FROM scratch\nCOPY hello.txt /hello.txt\n', 'hello.txt': 'hello\n' };
const TAG = { GITHUB_REF: 'refs/tags/v1.2.3' };

async function built(inputs: Record<string, string> = {}) {
  const image = newRepository();
  const result = await run({ image, context: folder(HELLO), ...inputs });
  expect(result.exitCode, result.log).toBe(0);
  return { image, from: `${result.outputs.image}`, digest: `${result.outputs.digest}` };
}

it('gives an index other tags, with its platforms and attestations, and builds nothing', async () => {
  const { image, from, digest } = await built({ platforms: 'linux/amd64,linux/arm64' });
  const result = await run({ from, tags: '{tag}', alias: 'production-latest' }, { env: TAG });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).not.toContain('buildx');
  expect(result.outputs).toMatchObject({
    image: from,
    digest,
    tags: `${image}:v1.2.3\n${image}:production-latest`,
    pushed: 'true',
  });
  for (const tag of ['v1.2.3', 'production-latest']) {
    const found = await registrySays(`${image}:${tag}`);
    expect(found.digest).toBe(digest);
    expect(found.manifest.manifests).toHaveLength(4);
  }
});

it('keeps the digest of an image of one platform', async () => {
  const { image, from, digest } = await built({ provenance: 'false' });
  await run({ from, alias: 'production-latest' });
  expect((await registrySays(`${image}:production-latest`)).digest).toBe(digest);
});

it('moves an alias, and never a version', async () => {
  const one = await built();
  const other = await run({
    image: one.image,
    context: folder({ ...HELLO, 'hello.txt': 'bye' }),
    tags: 'other',
  });
  const versioned = { tags: '{tag}', alias: 'production-latest' };
  await run({ from: one.from, ...versioned }, { env: TAG });
  expect((await run({ from: one.from, ...versioned }, { env: TAG })).exitCode).toBe(0);
  const refused = await run({ from: `${other.outputs.image}`, ...versioned }, { env: TAG });
  expect(onlyError(refused)).toMatch(
    /:v1\.2\.3 exists already, as sha256:\w+, not sha256:\w+; a tag that is named/,
  );
  expect((await registrySays(`${one.image}:production-latest`)).digest).toBe(one.digest);
  await run({ from: `${other.outputs.image}`, alias: 'production-latest' });
  expect((await registrySays(`${one.image}:production-latest`)).digest).toBe(other.outputs.digest);
});

it('refuses a digest that is not there', async () => {
  const { image } = await built();
  const result = await run({ from: `${image}@sha256:${'0'.repeat(64)}`, alias: 'production-latest' });
  expect(onlyError(result)).toMatch(/has no image .*@sha256:0{64}\. No tag was moved\./);
  expect((await registrySays(`${image}:production-latest`)).status).toBe(404);
});

it('stops at the size before a tag is given', async () => {
  const { image, from } = await built();
  const result = await run({ from, alias: 'production-latest', 'max-size': '10B' });
  expect(onlyError(result)).toMatch(
    /more than `max-size` \(10 B\); largest layers:\n {2}\d+ B COPY hello\.txt/,
  );
  expect((await registrySays(`${image}:production-latest`)).status).toBe(404);
});
