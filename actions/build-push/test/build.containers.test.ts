import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  blob,
  folder,
  newRepository,
  onlyError,
  registrySays,
  run,
  SHA,
  shellFolder,
  start,
} from './support/kit.ts';

const HELLO = { Dockerfile: 'FROM scratch\nCOPY hello.txt /hello.txt\n', 'hello.txt': 'hello\n' };

it('builds and pushes, and says the same digest everywhere', async () => {
  const image = newRepository();
  const result = await run({ image, context: folder(HELLO) });
  expect(result.exitCode, result.log).toBe(0);
  const { digest } = result.outputs;
  expect(result.outputs).toMatchObject({
    image: `${image}@${digest}`,
    tags: `${image}:main-8f1c2ab`,
    pushed: 'true',
  });
  expect((await registrySays(`${image}:main-8f1c2ab`)).digest).toBe(digest);
  expect(result.log).toContain(`${digest}`);
  expect(result.summary).toContain(`${image}@${digest}`);
});

it('pushes an image with its labels, a size that adds up, and provenance', async () => {
  const image = newRepository();
  const result = await run({ image, context: folder(HELLO), labels: 'team=shop', 'build-args': 'A=1' });
  const { manifest } = await registrySays(`${result.outputs.image}`);
  const [amd64, attestation] = manifest.manifests;
  expect(attestation.annotations['vnd.docker.reference.type']).toBe('attestation-manifest');
  const platform = (await registrySays(`${image}@${amd64.digest}`)).manifest;
  const bytes = platform.layers.reduce((sum: number, { size }: { size: number }) => sum + size, 0);
  expect(result.outputs['size-bytes']).toBe(`${bytes}`);
  const { config } = JSON.parse(String(await blob(image, platform.config.digest)));
  expect(config.Labels).toMatchObject({
    'org.opencontainers.image.source': 'https://github.com/octo-org/octo-repo',
    'org.opencontainers.image.revision': SHA,
    'org.opencontainers.image.version': 'main-8f1c2ab',
    'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    team: 'shop',
  });
});

it('does not build the same commit twice, and refuses another image under its tag', async () => {
  const image = newRepository();
  const context = folder(HELLO);
  const labelsAt = (time: string) => `org.opencontainers.image.created=${time}\ndescription=a, b`;
  const first = await run({ image, context, labels: labelsAt('2026-11-21T08:00:00Z') });
  const labels = labelsAt('2026-11-21T09:00:00Z');
  const again = await run({ image, context, labels, alias: 'staging' });
  expect(again.exitCode, again.log).toBe(0);
  expect(again.log).toMatch(/was built before from this commit with these settings/);
  expect(again.log).not.toContain('buildx build');
  expect(again.outputs.digest).toBe(first.outputs.digest);
  expect((await registrySays(`${image}:staging`)).digest).toBe(first.outputs.digest);
  const other = await run({ image, context, 'build-args': 'COLOUR=blue' });
  expect(other.exitCode).toBe(1);
  expect(other.log).not.toContain('buildx build');
  expect(onlyError(other)).toMatch(
    /:main-8f1c2ab exists already, as sha256:\w+, built from another commit or with other/,
  );
  expect((await registrySays(`${image}:main-8f1c2ab`)).digest).toBe(first.outputs.digest);
});

it('builds on pull requests, and does not push', async () => {
  const image = newRepository();
  const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' };
  const result = await run({ image, context: folder(HELLO) }, { env });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toContain('COPY hello.txt');
  expect(result.outputs).toEqual({ tags: `${image}:pr-7`, pushed: 'false' });
  expect((await registrySays(`${image}:pr-7`)).status).toBe(404);
});

it('streams the progress while it builds', async () => {
  const context = shellFolder('RUN --network=none echo first-step\nRUN --network=none sleep 30\n');
  const running = start({ image: newRepository(), context });
  await running.waitForLine((line) => line.includes('RUN --network=none sleep 30'));
  running.cancel();
  const result = await running.main;
  expect(result.exitCode).not.toBe(0);
  expect(onlyError(result)).toMatch(/the step was cancelled/);
  const left = execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .filter((line) => line.includes(context));
  expect(left).toEqual([]);
});

it('a cached build takes its layers from before', async () => {
  const context = shellFolder('RUN --network=none echo built > /built.txt\n');
  await run({ image: newRepository(), context });
  const again = await run({ image: newRepository(), context });
  expect(again.log).toMatch(/CACHED/);
});

it('keeps layers in the registry when asked', async () => {
  const image = newRepository();
  const result = await run({ image, context: folder(HELLO), cache: 'registry' });
  expect(result.exitCode, result.log).toBe(0);
  expect((await registrySays(`${image}:buildcache`)).status).toBe(200);
});

it('builds a stage of another file for two platforms', async () => {
  const image = newRepository();
  const context = folder({
    'docker/api.Dockerfile': 'FROM scratch AS one\nCOPY a /a\nFROM one AS two\nCOPY b /b\n',
    a: 'a',
    b: 'b',
  });
  const inputs = {
    image,
    context,
    file: join(context, 'docker/api.Dockerfile'),
    target: 'one',
    platforms: 'linux/amd64,linux/arm64',
  };
  const result = await run(inputs);
  expect(result.exitCode, result.log).toBe(0);
  const { manifest } = await registrySays(`${result.outputs.image}`);
  const platforms = manifest.manifests.map(
    ({ platform }: { platform: { architecture: string } }) => platform.architecture,
  );
  expect(platforms.filter((each: string) => each !== 'unknown')).toEqual(['amd64', 'arm64']);
  expect(result.summary).toContain('linux/arm64');
  expect(result.summary).not.toContain('COPY b');
});

it('says which line of the Dockerfile failed, and what it wrote last', async () => {
  const context = shellFolder('RUN --network=none echo some words; echo ::error::mine; exit 3\n');
  const result = await run({ image: newRepository(), context });
  expect(result.exitCode).toBe(1);
  const error = onlyError(result);
  expect(error).toMatch(
    /^The build failed at .*\/Dockerfile:3: process "\/bin\/sh -c .*" did not complete successfully: exit code: 3/,
  );
  expect(error).toContain('some words');
  expect(result.annotations.find(({ level }) => level === 'error')).toMatchObject({
    file: join(context, 'Dockerfile'),
    line: 3,
  });
  expect(result.outputs).toEqual({});
});

it('says what is wrong with a Dockerfile that cannot be read', async () => {
  const result = await run({
    image: newRepository(),
    context: folder({ Dockerfile: 'FROM scratch\nCOPI a /a\n' }),
  });
  expect(onlyError(result)).toMatch(/Dockerfile:2: .*COPI/);
  const none = await run({ image: newRepository(), context: folder({ a: 'a' }) });
  expect(onlyError(none)).toMatch(/Dockerfile: no such file or directory/);
});

it('says that a push failed', async () => {
  const result = await run({ image: '127.0.0.1:1/shop/api', context: folder(HELLO), tags: 'latest' });
  expect(result.exitCode).toBe(1);
  expect(onlyError(result)).toMatch(/failed to push 127\.0\.0\.1:1\/shop\/api:latest/);
  expect(result.outputs).toEqual({});
});

it('gives a secret to the build and to nobody else', async () => {
  const secret = 'correct-horse-battery-staple-41';
  const image = newRepository();
  const context = shellFolder(
    `RUN --network=none --mount=type=secret,id=token test "$(cat /run/secrets/token)" = "$(printf %s correct-horse-battery)-staple-41" && sleep 1\n`,
  );
  const running = start({ image, context, 'build-secrets': `token=${secret}` });
  await running.waitForLine((line) => line.includes('--mount=type=secret'));
  const processes = execFileSync('ps', ['-eo', 'args']).toString();
  const result = await running.main;
  await running.post();
  expect(result.exitCode, result.log).toBe(0);
  expect(processes).toContain('buildx build');
  expect(processes).not.toContain(secret);
  expect(result.log + result.summary + JSON.stringify(result.outputs)).not.toContain(secret);
  const { manifest } = await registrySays(`${result.outputs.image}`);
  for (const { digest } of manifest.manifests) {
    const { config, layers } = (await registrySays(`${image}@${digest}`)).manifest;
    for (const each of [config, ...layers]) {
      const bytes = await blob(image, each.digest);
      const text = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
      expect(text.includes(secret)).toBe(false);
    }
  }
  const holding = filesUnder(running.directories.root).filter((file) => readFileSync(file).includes(secret));
  expect(holding).toEqual([]);
});

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter((path) => statSync(path).isFile());
}

it('declares what it pushed where the runner takes declarations', async () => {
  const file = join(folder({ artifacts: '' }), 'artifacts');
  const result = await run(
    { image: newRepository(), context: folder(HELLO) },
    { env: { GITHUB_ARTIFACTS: file } },
  );
  expect(readFileSync(file, 'utf8')).toBe(`oci://${result.outputs.image}\n`);
});

it('says so where there is no docker', async () => {
  const result = await run(
    { image: newRepository(), context: folder(HELLO), push: 'false' },
    { env: { PATH: '/nowhere' } },
  );
  expect(onlyError(result)).toMatch(/docker could not be run: Unable to locate executable file: docker/);
});
