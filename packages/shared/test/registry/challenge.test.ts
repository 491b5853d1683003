import { expect, test } from 'vitest';
import { parseChallenge } from '../../src/registry/challenge.ts';

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/redis:pull,push"',
    'https://auth.docker.io/token',
    { service: 'registry.docker.io', scope: 'repository:library/redis:pull,push' },
  ],
  ['bearer realm=https://x/t, service=x', 'https://x/t', { service: 'x' }],
  ['Bearer error="invalid_token",realm="https://x/t?a=1"', 'https://x/t?a=1', {}],
])('reads %s', (header, realm, parameters) => {
  const challenge = parseChallenge(header);
  expect(challenge).toMatchObject({ scheme: 'bearer', realm });
  expect(challenge?.scheme === 'bearer' && Object.fromEntries(challenge.parameters)).toEqual(parameters);
});

test('basic authentication is a challenge as well', () => {
  expect(parseChallenge('Basic realm="registry"')).toEqual({ scheme: 'basic' });
});

test.each([null, '', 'Negotiate', 'Bearer service="x"', 'Bearer realm="not a url"'])(
  '%s is none',
  (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  },
);
