import dns from 'node:dns';
import { createServer } from 'node:net';
import zlib from 'node:zlib';
import { MAX_BODY_BYTES } from '@apex-actions/shared/smoke/decode';
import { jsonOfBody, textOfBody } from '@apex-actions/shared/smoke/response';
import { NoAnswer } from '@apex-actions/shared/smoke/send';
import { describe, expect, it, test, vi } from 'vitest';
import { freePort, listening, refusal, send, startServer } from './support/server.ts';

const TEXT = 'hello, '.repeat(100);

/** A server whose answers are these bytes, whatever it is asked. */
async function startRaw(...writes: string[]): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      for (const bytes of writes) socket.write(bytes, 'latin1');
      socket.end();
    });
  });
  return new URL(`http://127.0.0.1:${await listening(server)}/`);
}

describe('the content coding', () => {
  it.each<[coding: string, encode: (body: Buffer) => Buffer]>([
    ['gzip', zlib.gzipSync],
    ['x-gzip', zlib.gzipSync],
    ['GZIP', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', zlib.zstdCompressSync],
    ['identity', (body) => body],
    ['', (body) => body],
    ['gzip, br', (body) => zlib.brotliCompressSync(zlib.gzipSync(body))],
    ['gzip, identity', (body) => zlib.gzipSync(body)],
  ])('%s is undone', async (coding, encode) => {
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(encode(Buffer.from(TEXT)));
    });
    expect(textOfBody(await send(url))).toBe(TEXT);
  });

  it.each<[coding: string, body: Buffer, why: RegExp]>([
    ['compress', Buffer.from(TEXT), /^the body is in a content coding that was not asked for$/],
    ['gzip', Buffer.from(TEXT), /^the body is not the gzip that it says it is: incorrect header check$/],
    ['deflate', Buffer.from('\x78not zlib'), /^the body is not the deflate/],
    ['deflate', Buffer.from('\xff\xff'), /^the body is not the deflate/],
    ['br', Buffer.from(TEXT), /^the body is not the br/],
    ['zstd', Buffer.from(TEXT), /^the body is not the zstd/],
    ['gzip', zlib.gzipSync(TEXT).subarray(0, -10), /^the body is not the gzip .*unexpected end of file/],
    ['br, gzip', zlib.gzipSync(TEXT), /^the body is not the br/],
    [Array(6).fill('gzip').join(', '), zlib.gzipSync(TEXT), /^the body is in 6 content codings/],
  ])('%s that is wrong is told', async (coding, body, why) => {
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(body);
    });
    expect(await refusal(send(url))).toMatchObject({
      kind: 'invalid',
      mayPass: false,
      message: expect.stringMatching(why),
    });
  });

  it.each<[coding: string, encode: (body: Buffer) => Buffer]>([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', zlib.zstdCompressSync],
    ['gzip, gzip', (body) => zlib.gzipSync(zlib.gzipSync(body))],
  ])('%s that unpacks to more than a check reads is not unpacked', async (coding, encode) => {
    const bomb = encode(Buffer.alloc(MAX_BODY_BYTES + 1));
    expect(bomb.length).toBeLessThan(100_000);
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(bomb);
    });
    expect((await refusal(send(url))).message).toBe(
      'the body is longer than 10 MiB, which is more than a check reads',
    );
  });

  it.each([204, 304, 200])('of an empty body is nothing to undo, with status %i', async (status) => {
    const { url } = await startServer((_, response) => {
      response.writeHead(status, { 'content-encoding': status === 200 ? 'gzip' : 'unknown' }).end();
    });
    expect(await send(url)).toMatchObject({ status, body: Buffer.alloc(0) });
  });

  it('of an answer to HEAD is nothing to undo', async () => {
    const { url } = await startServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 99, etag: 'a' }).end();
    });
    expect(await send(url, { method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { etag: 'a' },
      body: Buffer.alloc(0),
    });
  });
});

describe('the length of a body', () => {
  it('may be 10 MiB', async () => {
    const { url } = await startServer((_, response) => response.end(Buffer.alloc(MAX_BODY_BYTES, 'a')));
    expect((await send(url)).body).toHaveLength(MAX_BODY_BYTES);
  });

  it('is bounded where the answer never ends', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await startServer((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 'a');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more).on('close', closed.resolve);
      more();
    });
    expect(await refusal(send(url))).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/longer than 10 MiB/),
    });
    await closed.promise;
  });
});

describe('the time of an answer', () => {
  it.each(['head', 'body'])('is bounded where its %s drips', async (part) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(
        part === 'head' ? 'HTTP/1.1 200 OK\r\nx-a: ' : 'HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n',
      );
      const drip = setInterval(() => socket.write('a'), 5);
      socket.on('close', () => clearInterval(drip));
    });
    const url = new URL(`http://127.0.0.1:${await listening(server)}/`);
    expect(await refusal(send(url, { timeoutMs: 100 }))).toMatchObject({
      kind: 'timeout',
      mayPass: true,
      message: 'the answer was not complete in time',
    });
  });

  it('counts redirects, too', async () => {
    const { url, seen } = await startServer((_, response, nth) => {
      if (nth === 1) response.writeHead(302, { location: '/slow' }).end();
    });
    expect(await refusal(send(url, { timeoutMs: 2000 }))).toMatchObject({ kind: 'timeout' });
    expect(seen.map((each) => each.url)).toEqual(['/', '/slow']);
  });

  it('ends with the step, for its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const { url } = await startServer(() => controller.abort(reason));
    await expect(send(url, { signal: controller.signal })).rejects.toBe(reason);
    await expect(send(url, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('no answer', () => {
  it('is told where nobody listens', async () => {
    const port = await freePort();
    expect(await refusal(send(`http://127.0.0.1:${port}`))).toMatchObject({
      kind: 'refused',
      mayPass: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['ENOTFOUND', false],
    ['ENODATA', false],
    ['EAI_AGAIN', true],
  ])('is told where a name leads nowhere: %s, which may pass: %s', async (code, mayPass) => {
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      _: string,
      __: object,
      done: (error: Error) => void,
    ) => {
      process.nextTick(() =>
        done(Object.assign(new Error(`getaddrinfo ${code} nonexistent.invalid`), { code })),
      );
    }) as typeof dns.lookup);
    try {
      const error = await refusal(send('http://nonexistent.invalid/'));
      expect(error).toMatchObject({
        kind: 'dns',
        mayPass,
        message: `getaddrinfo ${code} nonexistent.invalid`,
      });
      expect(lookup).toHaveBeenCalled();
    } finally {
      lookup.mockRestore();
    }
  });

  it('is told where the connection closes in the middle of the body', async () => {
    const url = await startRaw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
    expect(await refusal(send(url))).toMatchObject({ kind: 'reset', mayPass: true });
  });

  it('is told where the connection closes in the middle of a chunk', async () => {
    const url = await startRaw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf');
    expect(await refusal(send(url))).toMatchObject({ kind: 'reset' });
  });

  it('is told where the connection closes before it', async () => {
    expect(await refusal(send(await startRaw()))).toMatchObject({ kind: 'reset', mayPass: true });
  });

  it.each([
    ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ])('is told where it is no HTTP: %s', async (_, bytes) => {
    expect(await refusal(send(await startRaw(bytes)))).toMatchObject({ kind: 'invalid', mayPass: false });
  });

  it.each([
    ['a null byte', { 'x-a': 'b\0c' }, /invalid x-a header/],
    ['letters beyond Latin', { 'x-a': 'π' }, /invalid x-a header/],
    ['a line end', { 'x-a': 'b\r\nx-b: c' }, /invalid x-a header/],
    ['a name that is none', { 'x a': 'b' }, /invalid header key/],
    ['a transfer coding', { 'transfer-encoding': 'chunked' }, /transfer-encoding/],
    ['a wrong length', { 'content-length': '5' }, /content-length/i],
  ])('is asked for with %s in a header', async (_, headers, why) => {
    const { url, seen } = await startServer((__, response) => response.end());
    const error = await refusal(send(url, { method: 'POST', headers, body: 'abc' }));
    expect(error).toMatchObject({ kind: 'invalid', mayPass: false, message: expect.stringMatching(why) });
    expect(error.message).not.toContain('π');
    expect(seen).toEqual([]);
  });
});

describe('a redirect', () => {
  it('is followed on its host, with the headers of the check', async () => {
    const { url, seen } = await startServer((_, response, nth) => {
      if (nth === 1) response.writeHead(302, { location: '/there?x=1' }).end('moved');
      else response.end('there');
    });
    const answer = await send(url, { headers: { authorization: 'Bearer a' } });
    expect(answer).toMatchObject({ status: 200, body: Buffer.from('there') });
    expect(seen[1]).toMatchObject({ url: '/there?x=1', headers: { authorization: 'Bearer a' } });
  });

  it('takes a body along where it must, and leaves it where it must', async () => {
    const { url, seen } = await startServer((request, response) => {
      const [, status] = /^\/(\d+)$/.exec(request.url ?? '') ?? [];
      if (status) response.writeHead(Number(status), { location: '/there' });
      response.end();
    });
    for (const status of [307, 303]) {
      const headers = { 'content-type': 'text/plain' };
      await send(new URL(`/${status}`, url), { method: 'POST', headers, body: 'abc' });
    }
    expect(seen.filter((each) => each.url === '/there')).toMatchObject([
      { method: 'POST', body: 'abc', headers: { 'content-type': 'text/plain', 'content-length': '3' } },
      { method: 'GET', body: '' },
    ]);
    expect(seen.at(-1)?.headers).not.toHaveProperty('content-type');
  });

  it.each(['GET', 'POST'])('to another host is not followed (%s)', async (method) => {
    const other = await startServer((_, response) => response.end());
    const first = await startServer((_, response) =>
      response.writeHead(307, { location: other.url.href }).end(),
    );
    expect(
      await refusal(send(first.url, method === 'POST' ? { method, body: 'secret' } : { method })),
    ).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(
        `answered 307 and redirects to another host, ${other.url.origin}, which a check does not follow`,
      ),
    });
    expect(other.seen).toEqual([]);
  });

  it('in a circle ends', async () => {
    const { url, seen } = await startServer((request, response) => {
      response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end();
    });
    expect(await refusal(send(url))).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^redirects more than 10 times, to http:\S+ in the end$/),
    });
    expect(seen).toHaveLength(11);
  });

  it.each([
    ['is kept where it is asked for', 302, { location: '/x' }, true],
    ['without a location is an answer', 302, {}, false],
    ['with the status 304 is an answer', 304, { location: '/x' }, false],
    ['with the status 300 is an answer', 300, { location: '/x' }, false],
  ])('%s', async (_, status, headers, keepRedirect) => {
    const { url, seen } = await startServer((__, response) => response.writeHead(status, headers).end());
    expect(await send(url, { keepRedirect })).toMatchObject({ status });
    expect(seen).toHaveLength(1);
  });

  it.each(['ftp://127.0.0.1/', 'http://', 'javascript:alert(1)'])('to %s is told', async (location) => {
    const { url } = await startServer((_, response) => response.writeHead(302, { location }).end());
    expect(await refusal(send(url))).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^answered 302 and redirects to/),
    });
  });
});

describe('what is sent', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s arrives as it is, body included',
    async (method) => {
      const { url, seen } = await startServer((_, response) => response.end());
      await send(new URL('/a%20b/%2F?c=d%26', url), { method, headers: { 'x-a': 'b' }, body: 'é' });
      expect(seen).toMatchObject([{ method, url: '/a%20b/%2F?c=d%26', headers: { 'x-a': 'b' }, body: 'é' }]);
    },
  );
});

test('headers that come twice are all there, cookies included', async () => {
  const { url } = await startServer((_, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2; HttpOnly']);
    response.setHeader('x-twice', ['a', 'b']);
    response.end();
  });
  expect((await send(url)).headers).toMatchObject({
    'set-cookie': ['a=1', 'b=2; HttpOnly'],
    'x-twice': ['a', 'b'],
  });
});

test.each([
  ['latin1', 'text/plain; charset=latin1', Buffer.from('é', 'latin1'), 'é'],
  ['an unknown charset', 'text/plain; charset=klingon', Buffer.from('é'), 'é'],
  ['UTF-8 that is broken', 'text/plain; charset=utf-8', Buffer.from([0x61, 0xff]), 'a\ufffd'],
])('text in %s is read', async (_, type, body, text) => {
  const { url } = await startServer((__, response) =>
    response.writeHead(200, { 'content-type': type }).end(body),
  );
  expect(textOfBody(await send(url))).toBe(text);
});

test.each([
  ['with a byte order mark', Buffer.from('\ufeff{"a":"é"}'), { ok: true, json: { a: 'é' } }],
  ['that is no UTF-8', Buffer.from('{"a":"é"}', 'latin1'), { ok: false, why: 'it is not UTF-8' }],
  ['that is cut off', Buffer.from('{"a":'), { ok: false, why: 'Unexpected end of JSON input' }],
  [
    'that is text',
    Buffer.from('the-secret-token'),
    { ok: false, why: expect.not.stringContaining('secret') },
  ],
])('JSON %s', async (_, body, expected) => {
  const { url } = await startServer((__, response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=latin1' }).end(body);
  });
  expect(jsonOfBody(await send(url))).toEqual(expected);
});

test('an error that was caught says of what kind it is, and whether it may pass', () => {
  const cause = Object.assign(new AggregateError([Object.assign(new Error('a'), { code: 'EAI_AGAIN' })]), {
    code: 'X',
  });
  expect(new NoAnswer('dns', 'a', new Error('b', { cause }))).toMatchObject({ kind: 'dns', mayPass: true });
  expect(new NoAnswer('dns', 'a')).toMatchObject({ mayPass: false });
  expect(new NoAnswer('tls', 'a')).toMatchObject({ mayPass: false });
});
