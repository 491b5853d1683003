import { expect, test } from 'vitest';
import { loginAt, parseDockerConfig, withLogin } from '../../src/registry/docker-config.ts';

const HOST = 'europe-west1-docker.pkg.dev';

test.each([
  ['nothing', {}, undefined],
  ['an entry', { auths: { [HOST]: { auth: 'YTpi' } } }, { kind: 'basic', header: 'Basic YTpi' }],
  [
    'an entry with its scheme',
    { auths: { [`https://${HOST}`]: { auth: 'YTpi' } } },
    { kind: 'basic', header: 'Basic YTpi' },
  ],
  [
    'name and password',
    { auths: { [HOST]: { username: 'a', password: 'b' } } },
    { kind: 'basic', header: 'Basic YTpi' },
  ],
  ['a helper', { credHelpers: { [HOST]: 'gcloud' } }, { kind: 'helper', helper: 'gcloud', server: HOST }],
  [
    'a helper before an entry',
    { credHelpers: { [HOST]: 'gcloud' }, auths: { [HOST]: { auth: 'YTpi' } } },
    { kind: 'helper', helper: 'gcloud', server: HOST },
  ],
  [
    'a store for all hosts, before the file',
    { credsStore: 'desktop', auths: { [HOST]: { auth: 'YTpi' } } },
    { kind: 'helper', helper: 'desktop', server: HOST },
  ],
  [
    'the file, where it is named in place of the store',
    { credsStore: 'desktop', credHelpers: { [HOST]: '' }, auths: { [HOST]: { auth: 'YTpi' } } },
    { kind: 'basic', header: 'Basic YTpi' },
  ],
])('%s', (_, config, login) => {
  expect(loginAt(parseDockerConfig(JSON.stringify(config)), HOST)).toEqual(login);
});

test("Docker Hub's login is under its old address", () => {
  const key = 'https://index.docker.io/v1/';
  expect(loginAt({ auths: { [key]: { auth: 'YTpi' } } }, 'registry-1.docker.io')).toEqual({
    kind: 'basic',
    header: 'Basic YTpi',
  });
  expect(loginAt({ credHelpers: { [key]: 'pass' } }, 'docker.io')).toEqual({
    kind: 'helper',
    helper: 'pass',
    server: key,
  });
});

test.each([
  ['no helper', {}],
  ['a store', { credsStore: 'desktop' }],
  ['a helper of its own', { credHelpers: { [HOST]: 'gcloud', 'ghcr.io': 'pass' } }],
])('a login of ours is what docker finds beside %s, and the rest is as it was', (_, helpers) => {
  const others = { auths: { 'ghcr.io': { auth: 'YTpi' } }, proxies: { default: {} } };
  const config = { ...others, ...helpers };
  const ours = withLogin(config, HOST, 'Yzpk');
  expect(loginAt(ours, HOST)).toEqual({ kind: 'basic', header: 'Basic Yzpk' });
  expect(ours).toMatchObject(others);
  expect(loginAt(ours, 'ghcr.io')).toEqual(loginAt(config, 'ghcr.io'));
});
