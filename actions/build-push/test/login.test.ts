import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { folder, onlyError, run, start } from './support/kit.ts';

const HOST = 'europe-west1-docker.pkg.dev';
const TOKEN = 'ya29.token-of-the-deploying-account';
const BASIC = Buffer.from(`oauth2accesstoken:${TOKEN}`).toString('base64');

/** Credentials as google-github-actions/auth leaves them, with a token service on this machine. */
async function credentials(): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: TOKEN,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
  });
  const root = folder({ subject: 'subject-token' });
  const file = join(root, 'credentials.json');
  const { port } = server.address() as AddressInfo;
  const json = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://127.0.0.1:${port}/token`,
    credential_source: { file: join(root, 'subject') },
  };
  writeFileSync(file, JSON.stringify(json));
  return file;
}

/** A docker that keeps what it was given, and then does as it is told. */
function fakeDocker(then: string) {
  const root = folder({
    docker: `#!/bin/sh\ncp "$DOCKER_CONFIG/config.json" "$SEEN/config.json"\necho "$DOCKER_CONFIG" > "$SEEN/directory"\nls "$DOCKER_CONFIG" > "$SEEN/entries"\n${then}\n`,
  });
  chmodSync(join(root, 'docker'), 0o755);
  return root;
}

async function stage(then: string, config: object = {}) {
  const bin = fakeDocker(then);
  const seen = folder({ nothing: '' });
  const existing = folder({ 'config.json': JSON.stringify(config), 'cli-plugins/docker-buildx': '' });
  const env = {
    PATH: `${bin}:/usr/bin:/bin`,
    SEEN: seen,
    DOCKER_CONFIG: existing,
    GOOGLE_APPLICATION_CREDENTIALS: await credentials(),
    GOOGLE_CLOUD_PROJECT: 'demo-project',
  };
  const inputs = {
    image: `${HOST}/demo-project/shop/api`,
    context: folder({ Dockerfile: 'FROM scratch\n' }),
    tags: 'latest',
  };
  return {
    env,
    inputs,
    seen,
    existing,
    config: () => JSON.parse(readFileSync(join(seen, 'config.json'), 'utf8')),
  };
}

it('logs docker in at Artifact Registry, for this step alone', async () => {
  const others = { auths: { 'ghcr.io': { auth: 'b3RoZXI6b3RoZXI=' } } };
  const { env, inputs, seen, existing, config } = await stage('exit 1', others);
  const result = await run(inputs, { env });
  expect(onlyError(result)).toMatch(/^The build failed/);
  expect(config()).toEqual({ auths: { ...others.auths, [HOST]: { auth: BASIC } } });
  expect(readFileSync(join(seen, 'entries'), 'utf8')).toContain('cli-plugins');
  expect(JSON.parse(readFileSync(join(existing, 'config.json'), 'utf8'))).toEqual(others);
  const directory = readFileSync(join(seen, 'directory'), 'utf8').trim();
  expect(directory).not.toBe(existing);
  expect(existsSync(directory)).toBe(false);
  expect(readdirSync(join(existing, 'cli-plugins'))).toEqual(['docker-buildx']);
});

it('shows the token nowhere', async () => {
  const { env, inputs } = await stage('cat "$DOCKER_CONFIG/config.json"; exit 1');
  const result = await run(inputs, { env });
  expect(result.log).toContain('"auths"');
  for (const text of [TOKEN, BASIC]) expect(result.log + result.summary).not.toContain(text);
});

it('keeps others from reading the login', async () => {
  const { env, inputs, seen } = await stage('sleep 60');
  const running = start(inputs, { env });
  while (!existsSync(join(seen, 'entries'))) await new Promise((done) => setTimeout(done, 20));
  const directory = readFileSync(join(seen, 'directory'), 'utf8').trim();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'config.json')).mode & 0o777).toBe(0o600);
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  expect(existsSync(directory)).toBe(true);
  expect((await running.post()).exitCode).toBe(0);
  expect(existsSync(directory)).toBe(false);
});

/** A credential helper that answers for one server. */
function helper(name: string, server: string) {
  const bin = folder({
    [`docker-credential-${name}`]: `#!/bin/sh\nread -r server\n[ "$server" = ${server} ] && echo '{"Username":"other","Secret":"hush"}' || { echo 'credentials not found in native keychain'; exit 1; }\n`,
  });
  chmodSync(join(bin, `docker-credential-${name}`), 0o755);
  return bin;
}

it.each([
  ['in the file', { auths: { [HOST]: { auth: 'b3RoZXI6b3RoZXI=' } } }],
  ['in a helper of gcloud', { credHelpers: { [HOST]: 'gcloud' } }],
  ['in the store for all', { credsStore: 'gcloud' }],
])('leaves a login alone that is there %s', async (_, config) => {
  const { env, inputs, seen, existing } = await stage('exit 1', config);
  await run(inputs, { env: { ...env, PATH: `${helper('gcloud', HOST)}:${env.PATH}` } });
  expect(readFileSync(join(seen, 'directory'), 'utf8').trim()).toBe(existing);
});

it.each([
  ['a store', { credsStore: 'desktop' }, 'ghcr.io'],
  ['a helper of its own', { credHelpers: { [HOST]: 'desktop' } }, 'ghcr.io'],
  ['a store whose program is not there', { credsStore: 'elsewhere' }, HOST],
])(
  'goes round %s that has no login, which docker would ask instead of the file',
  async (_, given, server) => {
    const { env, inputs, config } = await stage('exit 1', given);
    await run(inputs, { env: { ...env, PATH: `${helper('desktop', server)}:${env.PATH}` } });
    expect(config()).toMatchObject({ credHelpers: { [HOST]: '' }, auths: { [HOST]: { auth: BASIC } } });
  },
);

it('says so where there are no credentials', async () => {
  const { env, inputs } = await stage('exit 1');
  const result = await run(inputs, { env: { ...env, GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' } });
  expect(onlyError(result)).toMatch(/No Google Cloud credentials were found\. Nothing was changed\./);
});

it('builds what is not pushed without credentials, as on a pull request from a fork', async () => {
  const { env, inputs, seen, existing } = await stage('exit 0');
  const result = await run(
    { ...inputs, push: 'false' },
    { env: { ...env, GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' } },
  );
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toContain('There are no Google Cloud credentials: base images have to be public');
  expect(readFileSync(join(seen, 'directory'), 'utf8').trim()).toBe(existing);
});
