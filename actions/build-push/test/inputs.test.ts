import { describe, expect, it } from 'vitest';
import { folder, onlyError, run } from './support/kit.ts';

const IMAGE = 'localhost:1/shop/api';

describe('bad inputs are one error, and nothing is built', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['no image', {}, /`image` is required and was not given/],
    [
      'a tag in the image',
      { image: `${IMAGE}:latest` },
      /`image` is `localhost:1\/shop\/api:latest`; accepted: a repository without tag/,
    ],
    [
      'an unknown placeholder',
      { image: IMAGE, tags: '{comit}' },
      /`tags` is `\{comit\}`; accepted: .*there is no \{comit\}/,
    ],
    [
      'an alias with a placeholder',
      { image: IMAGE, alias: '{branch}' },
      /`alias` is `\{branch\}`; accepted: tags such as/,
    ],
    [
      'a size without unit',
      { image: IMAGE, 'max-size': '500' },
      /`max-size` is `500`; accepted: a size such as `500MB`/,
    ],
    [
      'an unknown severity',
      { image: IMAGE, 'scan-threshold': 'BAD' },
      /`scan-threshold` is `BAD`; accepted: one of `CRITICAL`/,
    ],
    [
      'a platform of one part',
      { image: IMAGE, platforms: 'amd64' },
      /`platforms` is `amd64`; accepted: platforms such as/,
    ],
    ['a secret without id', { image: IMAGE, 'build-secrets': 'hush' }, /`build-secrets`: entry 1 has no `=`/],
    [
      'a line of a key in the place of an id',
      { image: IMAGE, 'build-secrets': 'key=a\nMII/EpA==' },
      /`build-secrets` has an id that is none; accepted: letters/,
    ],
    [
      'an alias that may not move',
      { image: IMAGE, alias: 'v1.2.3' },
      /`alias` is `v1\.2\.3`; accepted: a name that may move/,
    ],
    [
      'something to build beside from',
      { from: `${IMAGE}@sha256:${'a'.repeat(64)}`, alias: 'a', push: 'true', labels: 'a=b\nc=d' },
      /`labels` has no effect beside `from`[\s\S]*`push` has no effect beside `from`/,
    ],
    [
      'an ignored one without day',
      { image: IMAGE, 'ignore-vulnerabilities': '- {id: CVE-1, reason: x}' },
      /`ignore-vulnerabilities` is `0\.expires: .*`; accepted: a YAML list/,
    ],
    [
      'an ignored one without reason',
      { image: IMAGE, 'ignore-vulnerabilities': '- {id: CVE-1, reason: " ", expires: 2026-12-31}' },
      /0\.reason: say why/,
    ],
    [
      'from without digest',
      { from: `${IMAGE}:latest`, alias: 'a' },
      /`from` is `localhost:1\/shop\/api:latest`; accepted: `repository@sha256:…`/,
    ],
    [
      'from another repository',
      { image: 'localhost:1/shop/web', from: `${IMAGE}@sha256:${'a'.repeat(64)}`, alias: 'a' },
      /accepted: the repository of `from`/,
    ],
    [
      'from without a tag to give',
      { from: `${IMAGE}@sha256:${'a'.repeat(64)}` },
      /`tags` or `alias` beside `from`/,
    ],
    [
      'a service without region',
      { image: IMAGE, service: 'shop' },
      /`region` is empty; accepted: the region of `service`/,
    ],
  ])('%s', async (_, inputs, expected) => {
    const result = await run({ context: folder({ Dockerfile: 'FROM scratch\n' }), ...inputs });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toMatch(expected);
    expect(onlyError(result)).toMatch(/Nothing was changed/);
    expect(result.outputs).toEqual({});
  });
});

it('stops before a credential is sent to the builder', async () => {
  const context = folder({
    Dockerfile: 'FROM scratch\nCOPY . .\n',
    'key.json': '{"type":"service_account"}',
  });
  const result = await run({ image: IMAGE, context });
  expect(onlyError(result)).toMatch(
    /holds what looks like a credential: key\.json\. Nothing was built or pushed\. Name it in \.dockerignore/,
  );
  expect(result.log).not.toContain('buildx');
});

it('says so when the context is not there', async () => {
  const result = await run({ image: IMAGE, context: 'nowhere' });
  expect(onlyError(result)).toMatch(
    /The context nowhere cannot be read: ENOENT.* actions\/checkout runs before/,
  );
});

it('says so when no tag is left', async () => {
  const result = await run({
    image: IMAGE,
    tags: 'v{version}',
    context: folder({ Dockerfile: 'FROM scratch\n' }),
  });
  expect(onlyError(result)).toMatch(
    /No tag is left: the event push on refs\/heads\/main has no value for any of v\{version\}/,
  );
});
