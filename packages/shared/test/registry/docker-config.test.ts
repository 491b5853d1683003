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
  ['a helper', { credHelpers: { [HOST]: 'gcloud' } }, { kind: 'helper', helper: 'gcloud' }],
  [
    'a helper before an entry',
    { credHelpers: { [HOST]: 'gcloud' }, auths: { [HOST]: { auth: 'YTpi' } } },
    { kind: 'helper', helper: 'gcloud' },
  ],
  [
    'a store that was logged in with',
    { credsStore: 'desktop', auths: { [HOST]: {} } },
    { kind: 'helper', helper: 'desktop' },
  ],
  ['a store that was not', { credsStore: 'desktop', auths: { 'ghcr.io': {} } }, undefined],
])('%s', (_, config, login) => {
  expect(loginAt(parseDockerConfig(JSON.stringify(config)), HOST)).toEqual(login);
});

test("Docker Hub's login is under its old address", () => {
  const config = { auths: { 'https://index.docker.io/v1/': { auth: 'YTpi' } } };
  expect(loginAt(config, 'registry-1.docker.io')).toEqual({ kind: 'basic', header: 'Basic YTpi' });
});

test('a login of ours is what docker finds, and the rest is as it was', () => {
  const config = { auths: { 'ghcr.io': { auth: 'YTpi' } }, credsStore: 'desktop', proxies: { default: {} } };
  const ours = withLogin(config, HOST, 'Yzpk');
  expect(loginAt(ours, HOST)).toEqual({ kind: 'basic', header: 'Basic Yzpk' });
  expect(ours).toMatchObject(config);
});
