import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { app, createStage, onlyError } from './support/stage.ts';

const digestOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const MANIFEST = 'application/vnd.oci.image.index.v1+json';

/** A registry on loopback with one repository, `shop/api`, whose tags may move. */
async function startRegistry(tags: Record<string, string>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const tag = /^\/v2\/shop\/api\/manifests\/(.+)$/.exec(request.url ?? '')?.[1] ?? '';
    const digest = tags[tag];
    if (digest) response.setHeader('docker-content-digest', digest);
    response.writeHead(digest ? 200 : 404, { 'content-type': digest ? MANIFEST : 'text/plain' }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const stop = () =>
    new Promise<void>((stopped) => {
      server.close(() => stopped());
      server.closeAllConnections();
    });
  onTestFinished(async () => {
    if (server.listening) await stop();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { repository: `127.0.0.1:${port}/shop/api`, tags, asked, stop };
}

async function onStage(tags: Record<string, string>) {
  const registry = await startRegistry(tags);
  const stage = await createStage({
    images: [{ image: registry.repository, command: [process.execPath, app] }],
  });
  const deploy = (tag: string, inputs: Record<string, string> = {}) =>
    stage.run('canary-deploy', { image: `${registry.repository}:${tag}`, ...inputs });
  const servedImage = async () => (await stage.service()).template?.containers?.[0]?.image;
  return { registry, stage, deploy, servedImage };
}

const spec = '{"template": {}}';

describe('an image named by its tag', () => {
  it('is deployed by the digest that the tag has now, and remembered by its tag', async () => {
    const { registry, stage, deploy, servedImage } = await onStage({ 'v1.2': digestOf('1') });
    const result = await deploy('v1.2', { spec });
    expect(result.exitCode, result.log).toBe(0);
    const exact = `${registry.repository}@${digestOf('1')}`;
    expect(result.log).toContain(`${registry.repository}:v1.2 is ${exact}`);
    expect(await servedImage()).toBe(exact);
    expect(registry.asked).toEqual(['HEAD /v2/shop/api/manifests/v1.2']);
    const name = `${(await stage.service()).name}/revisions/${result.outputs.revision}`;
    const [made] = await stage.revisions.getRevision({ name });
    expect(made.annotations?.['apex.dev/image']).toBe(`${registry.repository}:v1.2`);
  });

  it('is nothing to do while the tag stands still, and a new deploy once it has moved', async () => {
    const { registry, stage, deploy, servedImage } = await onStage({ latest: digestOf('1') });
    const first = await deploy('latest', { spec });
    stage.emulator.control.clearCalls();
    const again = await deploy('latest', { spec });
    expect(again.outputs).toMatchObject({ outcome: 'promoted', revision: first.outputs.revision });
    expect(stage.writes()).toEqual([]);
    registry.tags.latest = digestOf('2');
    await stage.load();
    const moved = await deploy('latest', { spec });
    expect(moved.outputs, moved.log).toMatchObject({
      outcome: 'promoted',
      'stable-revision': first.outputs.revision,
    });
    expect(await servedImage()).toBe(`${registry.repository}@${digestOf('2')}`);
  });

  it('that the registry does not have is one error, and nothing is changed', async () => {
    const { registry, stage, deploy } = await onStage({});
    const result = await deploy('v9', { spec });
    expect(result.exitCode).not.toBe(0);
    expect(onlyError(result)).toMatch(
      /^The registry has no image 127\.0\.0\.1:\d+\/shop\/api:v9: .* answered 404 for tag v9 of shop\/api\. Nothing was changed\. Push the image first/,
    );
    expect(registry.asked).toHaveLength(1);
    expect(stage.writes()).toEqual([]);
  });

  it('is deployed as it is, with a warning, where the registry cannot be asked', async () => {
    const { registry, deploy, servedImage } = await onStage({ 'v1.2': digestOf('1') });
    await registry.stop();
    const result = await deploy('v1.2', { spec });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringMatching(
          /The digest of .*:v1\.2 could not be read .*; the tag is used as it is/,
        ),
      }),
    );
    expect(await servedImage()).toBe(`${registry.repository}:v1.2`);
  });
});
