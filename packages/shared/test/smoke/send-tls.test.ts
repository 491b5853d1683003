import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import tls from 'node:tls';
import { hintForNoAnswer } from '@apex-actions/shared/smoke/hints';
import { textOfBody } from '@apex-actions/shared/smoke/response';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listening, refusal, send } from './support/server.ts';

type Pems = Awaited<ReturnType<typeof generate>>;

let pems: Pems;
const authorities = tls.getCACertificates('default');

beforeAll(async () => {
  const altNames = [
    { type: 7 as const, ip: '127.0.0.1' },
    { type: 2 as const, value: 'localhost' },
  ];
  pems = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames }],
  });
});

/** What NODE_EXTRA_CA_CERTS does, in this process. */
function trust({ cert }: Pems): void {
  tls.setDefaultCACertificates([...authorities, cert]);
}

afterEach(() => tls.setDefaultCACertificates(authorities));

async function startHttps(answer = 'ok'): Promise<number> {
  return listening(
    createHttpsServer({ key: pems.private, cert: pems.cert }, (_, response) => response.end(answer)).on(
      'tlsClientError',
      () => undefined,
    ),
  );
}

type Answer = (stream: ServerHttp2Stream, headers: Record<string, string | string[] | undefined>) => void;

async function startHttp2(answer: Answer): Promise<number> {
  const server = createSecureServer({ key: pems.private, cert: pems.cert, allowHTTP1: false });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, headers as Record<string, string>);
  });
  server.on('sessionError', () => undefined);
  return listening(server);
}

describe('a certificate', () => {
  it('that nobody signed is refused, with what to do about it', async () => {
    const error = await refusal(send(`https://127.0.0.1:${await startHttps()}`));
    expect(error).toMatchObject({
      kind: 'tls',
      mayPass: false,
      message: expect.stringMatching(/self-signed certificate/),
    });
    expect(hintForNoAnswer(error)).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('is accepted from an authority that was added', async () => {
    trust(pems);
    expect(textOfBody(await send(`https://127.0.0.1:${await startHttps()}`))).toBe('ok');
  });

  it('of another name is refused', async () => {
    trust(pems);
    const port = await startHttps();
    const other = await generate([{ name: 'commonName', value: 'shop.example' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'shop.example' }] }],
    });
    trust(other);
    const server = createHttpsServer({ key: other.private, cert: other.cert }, (_, response) =>
      response.end(),
    );
    expect(await refusal(send(`https://127.0.0.1:${await listening(server)}`))).toMatchObject({
      kind: 'tls',
      mayPass: false,
    });
    expect(await refusal(send(`https://127.0.0.1:${port}`))).toMatchObject({ kind: 'tls' });
  });

  it('that has expired is refused', async () => {
    const old = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      notBeforeDate: new Date('2020-01-01'),
      notAfterDate: new Date('2020-02-01'),
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    trust(old);
    const server = createHttpsServer({ key: old.private, cert: old.cert }, (_, response) => response.end());
    expect(await refusal(send(`https://127.0.0.1:${await listening(server)}`))).toMatchObject({
      kind: 'tls',
      message: expect.stringMatching(/expired/),
    });
  });

  it('is missing where the port speaks no TLS', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const error = await refusal(send(`https://127.0.0.1:${await listening(server)}`));
    expect(error).toMatchObject({ kind: 'no-tls', mayPass: false });
  });
});

describe('HTTP/2', () => {
  it('is spoken where it is offered', async () => {
    trust(pems);
    const seen: Record<string, unknown>[] = [];
    const port = await startHttp2((stream, headers) => {
      seen.push(headers);
      let body = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        body += chunk;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 201, 'x-version': '2', 'set-cookie': ['a=1', 'b=2'] });
        stream.end(`got ${body}`);
      });
    });
    const answer = await send(`https://127.0.0.1:${port}/a?b=c`, {
      method: 'POST',
      headers: { 'x-a': 'b', authorization: 'Bearer c' },
      body: 'é',
    });
    expect(textOfBody(answer)).toBe('got é');
    expect(answer).toMatchObject({
      status: 201,
      headers: { 'x-version': '2', 'set-cookie': ['a=1', 'b=2'] },
    });
    expect(seen).toMatchObject([
      { ':method': 'POST', ':path': '/a?b=c', 'x-a': 'b', authorization: 'Bearer c' },
    ]);
  });

  it.each(['HEAD', 'GET', 'DELETE'])('knows %s without a body', async (method) => {
    trust(pems);
    const port = await startHttp2((stream) => {
      stream.respond({ ':status': 204 }, { endStream: true });
    });
    expect(await send(`https://127.0.0.1:${port}`, { method })).toMatchObject({
      status: 204,
      body: Buffer.alloc(0),
    });
  });

  it('is followed through redirects', async () => {
    trust(pems);
    const port = await startHttp2((stream, headers) => {
      if (headers[':path'] === '/')
        stream.respond({ ':status': 302, location: '/there' }, { endStream: true });
      else {
        stream.respond({ ':status': 200 });
        stream.end('there');
      }
    });
    expect(textOfBody(await send(`https://127.0.0.1:${port}`))).toBe('there');
  });

  it('is bounded in time', async () => {
    trust(pems);
    const port = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('a');
    });
    expect(await refusal(send(`https://127.0.0.1:${port}`, { timeoutMs: 300 }))).toMatchObject({
      kind: 'timeout',
    });
  });

  it('is no answer where its stream is reset', async () => {
    trust(pems);
    const port = await startHttp2((stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half', () => stream.destroy(new Error('crashed')));
    });
    expect(await refusal(send(`https://127.0.0.1:${port}`))).toMatchObject({ kind: 'reset', mayPass: true });
  });

  it('is no answer where its session ends', async () => {
    trust(pems);
    const port = await startHttp2((stream) => stream.session?.destroy());
    expect(await refusal(send(`https://127.0.0.1:${port}`))).toMatchObject({ kind: 'reset', mayPass: true });
  });
});
