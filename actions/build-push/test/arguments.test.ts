import { expect, it } from 'vitest';
import { folder, run } from './support/kit.ts';
import { recorder } from './support/recorder.ts';

const IMAGE = '127.0.0.1:1/shop/api';
const inputs = (more: Record<string, string> = {}) => ({
  image: IMAGE,
  context: folder({ Dockerfile: 'FROM scratch\n' }),
  push: 'false',
  ...more,
});

const OFFERED = { ACTIONS_RUNTIME_TOKEN: 'a token of the runner' };
const GHA = [
  '--cache-from',
  'type=gha,scope=shop-api',
  '--cache-to',
  'type=gha,scope=shop-api,mode=max,ignore-error=true',
];

it.each([
  ['the cache of the runner, where both can', 'docker-container', OFFERED, {}, true],
  ['no cache where the runner offers none', 'docker-container', {}, {}, false],
  ['no cache where the builder cannot export it', 'docker', OFFERED, {}, false],
  ['the cache of the runner when asked', 'docker', {}, { cache: 'gha' }, true],
  ['no cache when asked', 'docker-container', OFFERED, { cache: 'none' }, false],
])('uses %s', async (_, driver, offered, more, expected) => {
  const { env, args } = recorder(driver);
  const result = await run(inputs(more), { env: { ...env, ...offered } });
  expect(result.exitCode, result.log).toBe(0);
  const cached = args().filter((argument) => GHA.includes(argument));
  expect(cached).toEqual(expected ? GHA : []);
});

it('reads the cache of a registry on a pull request, and does not write it', async () => {
  const { env, args } = recorder('docker-container');
  await run(inputs({ cache: 'registry' }), { env });
  expect(args()).toContain(`type=registry,ref=${IMAGE}:buildcache`);
  expect(args()).not.toContain('--cache-to');
});

it.each([
  ['gha', 'type=gha,scope=shop-api-app'],
  ['registry', `type=registry,ref=${IMAGE}:buildcache-app`],
])('keeps the cache of a stage beside that of others (%s)', async (cache, store) => {
  const { env, args } = recorder('docker-container');
  await run(inputs({ cache, target: 'app' }), { env });
  expect(args()).toContain(store);
});

it('says which gates an image does not come to that is not pushed', async () => {
  const { env } = recorder('docker-container');
  const result = await run(inputs({ scan: 'wait', 'max-size': '1MB' }), { env });
  expect(result.annotations.map(({ message }) => message)).toEqual([
    expect.stringMatching(/was built and not pushed \(it would be .*\); scan and max-size did not look/),
  ]);
});

it('hands secrets over as they are, and none of them as an argument', async () => {
  const { env, args, secrets } = recorder('docker-container');
  const key = '-----BEGIN KEY-----\nb, c=\n-----END KEY-----\n';
  const result = await run(inputs({ 'build-secrets': `token=a,b\\n"c\n"pem=${key}"\nJSON_KEY` }), {
    env: { ...env, JSON_KEY: '{\n  "a": "b"\n}' },
  });
  expect(result.exitCode, result.log).toBe(0);
  expect(args().filter((_, i, all) => all[i - 1] === '--secret')).toEqual([
    'id=token,env=BUILD_SECRET_1',
    'id=pem,env=BUILD_SECRET_2',
    'id=JSON_KEY,env=BUILD_SECRET_3',
  ]);
  expect(secrets()).toEqual(['a,b\\n"c', key, '{\n  "a": "b"\n}']);
});

it('asks for attestations as they were asked for', async () => {
  const { env, args } = recorder('docker-container');
  await run(inputs({ provenance: 'max', sbom: 'true' }), { env });
  expect(args()).toEqual(expect.arrayContaining(['--provenance=mode=max', '--sbom=true']));
  await run(inputs(), { env });
  expect(args().filter((argument) => /provenance|sbom/.test(argument))).toEqual([]);
});

it('hands over arguments and labels as they are, whatever is in them', async () => {
  const { env, args } = recorder('docker-container');
  await run(inputs({ 'build-args': 'A=$(touch /tmp/x)\nB=x y;z', labels: 'note=a "b" `c`' }), { env });
  expect(args()).toEqual(expect.arrayContaining(['A=$(touch /tmp/x)', 'B=x y;z', 'note=a "b" `c`']));
});

it('warns of what nobody wants to send, and of credentials of the job', async () => {
  const { env } = recorder('docker-container');
  const context = folder({
    Dockerfile: 'FROM scratch\n',
    '.env': '',
    'gha-creds-1.json': '{"type":"external_account"}',
  });
  const result = await run({ ...inputs(), context }, { env });
  expect(result.exitCode).toBe(0);
  expect(result.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message)).toEqual(
    [
      expect.stringContaining('holds the credentials of this job: gha-creds-1.json'),
      expect.stringContaining('has no .dockerignore and sends .env to the builder'),
    ],
  );
});

it('builds a repository of Git without looking for its files', async () => {
  const { env, args } = recorder('docker-container');
  const context = 'https://github.com/octo-org/octo-repo.git#main';
  const result = await run({ ...inputs(), context }, { env });
  expect(result.exitCode, result.log).toBe(0);
  expect(args().at(-1)).toBe(context);
});
