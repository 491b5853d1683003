import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStage, onlyError } from './support/stage.ts';

const digest = `sha256:${'5'.repeat(64)}`;

/** A registry on loopback that knows one tag. */
async function registry(): Promise<string> {
  const server = createServer((request, response) => {
    const known = request.url === '/v2/shop/api/manifests/v2';
    response.writeHead(known ? 200 : 404, known ? { 'docker-content-digest': digest } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}/shop/api`;
}

const command = [
  process.execPath,
  '-e',
  'require("http").createServer((q, r) => r.end()).listen(process.env.PORT)',
];
const spec = '{"template": {}}';

describe('an image by tag', () => {
  it('is deployed by the digest that the registry names', async () => {
    const repository = await registry();
    const stage = await createStage({ images: [{ image: repository, command }] });
    const result = await stage.run('canary-deploy', { image: `${repository}:v2`, spec });
    expect(result.exitCode, result.log).toBe(0);
    expect((await stage.service()).template?.containers?.[0]?.image).toBe(`${repository}@${digest}`);
  });

  it('that the registry does not have is an error, and nothing is changed', async () => {
    const repository = await registry();
    const stage = await createStage({ images: [{ image: repository, command }] });
    const result = await stage.run('canary-deploy', { image: `${repository}:v3`, spec });
    expect(onlyError(result)).toMatch(/The registry has no image \S+:v3.* Nothing was changed/);
    expect(stage.writes()).toEqual([]);
  });

  it('is deployed as it is where no registry answers, with a warning', async () => {
    const stage = await createStage({ images: [{ image: '127.0.0.1:1/shop/api', command }] });
    const result = await stage.run('canary-deploy', { image: '127.0.0.1:1/shop/api:v2', spec });
    expect(result.exitCode, result.log).toBe(0);
    expect(result.annotations).toContainEqual(
      expect.objectContaining({
        level: 'warning',
        message: expect.stringMatching(/could not be read .*; deploying the tag as it is/),
      }),
    );
    expect((await stage.service()).template?.containers?.[0]?.image).toBe('127.0.0.1:1/shop/api:v2');
  });
});
