import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDigest, parseImageReference, withDigest } from '../../src/registry/reference.ts';

const hex = '0123456789abcdef'.repeat(4);
const digest = `sha256:${hex}`;

test.each([
  ['redis', { registry: 'docker.io', repository: 'library/redis' }],
  ['redis:8', { registry: 'docker.io', repository: 'library/redis', tag: '8' }],
  ['acme/api', { registry: 'docker.io', repository: 'acme/api' }],
  ['docker.io/redis', { registry: 'docker.io', repository: 'library/redis' }],
  ['index.docker.io/acme/api', { registry: 'docker.io', repository: 'acme/api' }],
  ['localhost/api', { registry: 'localhost', repository: 'api' }],
  ['localhost:5000/api:v1', { registry: 'localhost:5000', repository: 'api', tag: 'v1' }],
  ['localhost:5000', { registry: 'docker.io', repository: 'library/localhost', tag: '5000' }],
  ['[::1]:5000/api', { registry: '[::1]:5000', repository: 'api' }],
  ['Acme/api', { registry: 'Acme', repository: 'api' }],
  [
    'ghcr.io/acme/a/b__c/d.e--f:V1.0_x-',
    { registry: 'ghcr.io', repository: 'acme/a/b__c/d.e--f', tag: 'V1.0_x-' },
  ],
  [
    `europe-west1-docker.pkg.dev/p/r/api:main@${digest}`,
    { registry: 'europe-west1-docker.pkg.dev', repository: 'p/r/api', tag: 'main', digest },
  ],
])('reads %s', (text, expected) => {
  expect(parseImageReference(text)).toEqual({ text, ...expected });
});

test.each([
  '',
  ' redis',
  'redis ',
  'redis\n',
  'Redis',
  'acme/API',
  'acme//api',
  '/api',
  'api/',
  'api:',
  'api:-x',
  `api:${'x'.repeat(129)}`,
  'a..b/c',
  'a___b',
  '-api',
  'api-',
  '-host.io/api',
  'host.io:port/api',
  'https://ghcr.io/acme/api',
  'api@sha256:123',
  `api@sha512:${hex}`,
  `api@${digest.toUpperCase()}`,
  `api@${digest}@${digest}`,
  `@${digest}`,
  hex,
  `acme/${'x'.repeat(255)}`,
  'user@host/api',
])('`%s` is no reference', (text) => {
  expect(parseImageReference(text)).toBeUndefined();
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const component = fc
  .array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 3 })
  .chain((rest) => word.map((first) => first + rest.flat().join('')));
const path = fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/'));
const registry = fc.constantFrom(
  'ghcr.io',
  'localhost',
  'localhost:5000',
  'europe-docker.pkg.dev',
  '[::1]:80',
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
const digests = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `sha256:${digits}`);

test('every reference that is put together comes apart again', () => {
  fc.assert(
    fc.property(registry, path, fc.option(tag), fc.option(digests), (host, repository, version, exact) => {
      const text = `${host}/${repository}${version ? `:${version}` : ''}${exact ? `@${exact}` : ''}`;
      expect(parseImageReference(text)).toEqual({
        text,
        registry: host,
        repository,
        ...(version ? { tag: version } : {}),
        ...(exact ? { digest: exact } : {}),
      });
    }),
  );
});

test('what is read is a reference in full, and reads the same', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'b.c', ':', '/', '@', '1', '-', '_', digest, 'Z', ' '),
  });
  fc.assert(
    fc.property(texts, (text) => {
      const reference = parseImageReference(text);
      fc.pre(reference !== undefined);
      const { registry: host, repository, tag: version, digest: exact } = reference;
      const full = `${host}/${repository}${version ? `:${version}` : ''}${exact ? `@${exact}` : ''}`;
      expect(parseImageReference(full)).toEqual({ ...reference, text: full });
    }),
  );
});

test('long and hostile texts are refused without delay', () => {
  for (const part of ['a-', 'a.', 'a_', 'a/', '1:', '[:']) {
    expect(parseImageReference(`${part.repeat(50_000)}!`)).toBeUndefined();
  }
});

test('a reference by digest drops its tag and is one itself', () => {
  fc.assert(
    fc.property(registry, path, tag, digests, (host, repository, version, exact) => {
      const reference = parseImageReference(`${host}/${repository}:${version}`);
      const text = reference && withDigest(reference, exact);
      expect(text).toBe(`${host}/${repository}@${exact}`);
      const read = parseImageReference(text ?? '');
      expect(read).toMatchObject({ repository: reference?.repository, digest: exact });
    }),
  );
});

test('a digest is sha256 with 64 digits', () => {
  expect(isDigest(digest)).toBe(true);
  expect(isDigest(`${digest}0`)).toBe(false);
});
