import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folder, run } from './support/kit.ts';

/** A docker that writes down how it was called; its builder is of the driver that is asked for. */
function recorder(driver: string) {
  const bin = folder({
    docker: `#!/bin/sh\nif [ "$2" = inspect ]; then printf 'Name: x\\nDriver: ${driver}\\n'; exit; fi\nprintf '%s\\n' "$@" > "$SEEN/arguments"\n`,
  });
  chmodSync(join(bin, 'docker'), 0o755);
  const seen = folder({ nothing: '' });
  return {
    env: { PATH: `${bin}:/usr/bin:/bin`, SEEN: seen },
    args: () => {
      const file = join(seen, 'arguments');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
  };
}

const IMAGE = '127.0.0.1:1/shop/api';
const inputs = (more: Record<string, string> = {}) => ({
  image: IMAGE,
  context: folder({ Dockerfile: 'FROM scratch\n' }),
  push: 'false',
  ...more,
});

const OFFERED = { ACTIONS_RUNTIME_TOKEN: 'a token of the runner' };
const GHA = ['--cache-from', 'type=gha', '--cache-to', 'type=gha,mode=max,ignore-error=true'];

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
