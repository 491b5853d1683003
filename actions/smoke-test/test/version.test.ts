import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startRegistry } from '../../../packages/shared/test/registry/support/registry.ts';
import { onlyError, run, startApp } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';
const COMMIT = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const described = (mediaType: string, text: string, more: object = {}) => ({
  mediaType,
  digest: digestOf(text),
  size: text.length,
  ...more,
});

/** A registry with one image, of one platform or of several. */
async function registry({ labels, index = false }: { labels?: object; index?: boolean }) {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { Labels: labels } });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: described('application/vnd.oci.image.config.v1+json', config),
    layers: [],
  });
  const list = JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [described(MANIFEST, manifest, { platform: { architecture: 'amd64', os: 'linux' } })],
  });
  const texts = new Map([config, manifest, list].map((text) => [digestOf(text), text]));
  const served = await startRegistry({
    answer({ url = '' }, response) {
      const text = texts.get(url.split('/').at(-1) ?? '');
      if (text === undefined) return false;
      const type = text === list ? INDEX : text === manifest ? MANIFEST : 'application/octet-stream';
      response.setHeader('content-type', type);
      response.end(text);
      return true;
    },
  });
  const digest = digestOf(index ? list : manifest);
  return { image: `${served.host}/demo/shop/api@${digest}`, served };
}

describe('the version in a health body', () => {
  it.each<[string, Record<string, string>, string]>([
    ['is the commit', { commit: COMMIT }, COMMIT],
    ['is the beginning of the commit', { commit: COMMIT }, '8f1c2ab'],
    ['ends in the beginning of the commit', { commit: COMMIT }, 'main-8f1c2ab'],
    ['begins as the commit that was given in short', { commit: '8f1c2ab' }, COMMIT],
    ['ends in the commit that was given in short', { commit: '8f1c2ab' }, 'main-8f1c2ab'],
    ['is the tag', { image: 'REGISTRY/demo/api:v1.4.2' }, '1.4.2'],
  ])('fits where it %s', async (_, inputs, version) => {
    const app = await startApp({ env: { VERSION: version } });
    const served = await startRegistry({});
    await using _served = served;
    const given = Object.entries(inputs).map(([name, text]) => [name, text.replace('REGISTRY', served.host)]);
    const result = await run({ url: app.origin, checks: CHECKS, ...Object.fromEntries(given) });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toMatch(/^A health body must have version /m);
    expect(result.annotations).toEqual([]);
  });

  it.each([
    ['another commit', COMMIT, '0000000'],
    ['a release', COMMIT, '1.4.2'],
    ['a shorter piece of the commit', COMMIT, '8f1c2a'],
    ['nothing', COMMIT, ''],
  ])('fails the check where it is %s', async (_, commit, version) => {
    const app = await startApp({ env: { VERSION: version } });
    const result = await run({ url: app.origin, checks: CHECKS, commit });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(
      `version: expected ${commit}, got ${version} (another revision answers, or the image was built without its version)`,
    );
  });

  it('is waited for where the check is tried again', async () => {
    const health = (version: string) => ({ body: JSON.stringify({ status: 'ok', version }) });
    const app = await startApp({ answers: { [CHECKS]: [health('0000000'), health(COMMIT)] } });
    const checks = `request: ${CHECKS}\nretry: { for: 50s, every: 10ms }`;
    const result = await run({ url: app.origin, checks, commit: COMMIT });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain(`not yet: version: expected ${COMMIT}, got 0000000;`);
  });

  it.each([
    ['is none', CHECKS, { body: 'ok' }],
    ['is a page', CHECKS, { body: '<!doctype html><title>App</title>' }],
    [
      'is of a path that asks for something else',
      'GET /about',
      { body: JSON.stringify({ status: 'ok', version: '0' }) },
    ],
  ])('is not proven where the body %s', async (_, checks, answer) => {
    const app = await startApp({ answers: { [CHECKS]: answer, 'GET /about': answer } });
    const result = await run({ url: app.origin, checks, commit: COMMIT });
    expect(onlyError(result)).toMatch(
      /^Check "The deployed version" failed: health body: version: expected \S+, got nothing \(no check got a health body/,
    );
    expect(result.outputs).toMatchObject({ passed: '1', failed: '1' });
  });

  it.each([
    ['says itself which it must be', '{ json: { version: "7" } }', 0],
    ['says another thing about the body', '{ json: { status: ok } }', 1],
  ])('is looked at unless the check %s', async (_, expectations, exitCode) => {
    const body = JSON.stringify({ status: 'ok', version: '7' });
    const app = await startApp({ answers: { [CHECKS]: { body } } });
    const checks = `request: ${CHECKS}\nexpect: ${expectations}`;
    const result = await run({ url: app.origin, checks, commit: COMMIT });
    expect(result.exitCode, result.log).toBe(exitCode);
  });

  it('is missed where the body says none', async () => {
    const app = await startApp({ answers: { [CHECKS]: { body: JSON.stringify({ status: 'ok' }) } } });
    const result = await run({ url: app.origin, checks: CHECKS, commit: COMMIT });
    expect(onlyError(result)).toContain(`version: expected ${COMMIT}, got nothing`);
  });
});

describe('an image by its digest', () => {
  const labels = {
    'org.opencontainers.image.version': '1.4.2',
    'org.opencontainers.image.revision': COMMIT,
  };

  it.each([
    ['of one platform', false],
    ['of several', true],
  ])('%s has its version in the labels', async (_, index) => {
    const { image, served } = await registry({ labels, index });
    await using _served = served;
    const app = await startApp({ env: { VERSION: '1.4.2' } });
    const result = await run({ url: app.origin, checks: CHECKS, image });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toContain(`A health body must have version 1.4.2 or ${COMMIT}`);
    expect(result.annotations).toEqual([]);
  });

  it('fails the check where another version answers', async () => {
    const { image, served } = await registry({ labels });
    await using _served = served;
    const app = await startApp({ env: { VERSION: '1.4.1' } });
    const result = await run({ url: app.origin, checks: CHECKS, image });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(
      `version: expected 1.4.2 or ${COMMIT}, got 1.4.1 (another revision answers`,
    );
  });

  it.each<[string, () => Promise<Awaited<ReturnType<typeof registry>>>, string | undefined]>([
    ['has no labels', () => registry({}), undefined],
    [
      'is not in the registry',
      async () => {
        const served = await startRegistry({});
        return { image: `${served.host}/demo/shop/api@${digestOf('gone')}`, served };
      },
      'has no sha256:',
    ],
    [
      'is in a registry that does not let us in',
      async () => {
        const answer = (_: unknown, response: { writeHead(status: number): { end(): void } }) => {
          response.writeHead(403).end();
          return true;
        };
        const served = await startRegistry({ answer });
        return { image: `${served.host}/demo/shop/api@${digestOf('private')}`, served };
      },
      'answered 403 for sha256:',
    ],
  ])('that %s is a warning, and nothing is compared', async (_, make, why) => {
    const { image, served } = await make();
    await using _served = served;
    const app = await startApp({ env: { VERSION: 'anything' } });
    const result = await run({ url: app.origin, checks: CHECKS, image });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toEqual([
      {
        level: 'warning',
        message: `${image} names no version, neither by its tag nor by its labels, so the version in a health body is not compared; give \`commit\`, or build with the label org.opencontainers.image.version`,
      },
    ]);
    if (why) expect(result.log).toContain(`The labels of ${image} could not be read: ${served.host} ${why}`);
  });

  it('does not matter where the commit is given and the registry is silent', async () => {
    const served = await startRegistry({});
    await using _served = served;
    const app = await startApp({ env: { VERSION: '8f1c2ab' } });
    const image = `${served.host}/demo/shop/api@${digestOf('gone')}`;
    const result = await run({ url: app.origin, checks: CHECKS, image, commit: COMMIT });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toEqual([]);
  });
});
