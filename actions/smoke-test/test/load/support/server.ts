/**
 * A service to put under load, in a process of its own. What it does is in the path:
 *
 * `/` answers; `/slow?ms=20` later; `/fail?every=4` with 500 each so many times; `/stall?at=10&ms=1000` holds the tenth
 * request to it, and what comes while it does; `/hang` never answers; `/drip` answers a byte at a time for ever; `/close`
 * and `/cut` break off the connection before and within the answer; `/big?bytes=1000`; `/encoded?as=gzip`;
 * `/redirect`; `/garbage` is not HTTP.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

const ENCODERS: Record<string, (text: string) => Buffer> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
  // As the servers do that take the name at its word.
  'deflate-raw': deflateRawSync,
  'deflate, gzip': (text) => gzipSync(deflateSync(text)),
  bomb: () => gzipSync(Buffer.alloc(20e6)),
};
const NAMES: Record<string, string> = { 'deflate-raw': 'deflate', bomb: 'gzip' };

const seen: Record<string, number> = {};
let connections = 0;
let stalledUntilMs = 0;

function answer(response: ServerResponse, status = 200, body: string | Buffer = 'hello', headers = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const number = (name: string) => Number(searchParams.get(name));
  const count = (seen[pathname] ?? 0) + 1;
  seen[pathname] = count;
  const routes: Record<string, () => void> = {
    '/slow': () => setTimeout(() => answer(response), number('ms')),
    '/fail': () => answer(response, count % number('every') === 0 ? 500 : 200),
    '/stall': () => {
      if (count === number('at')) stalledUntilMs = performance.now() + number('ms');
      setTimeout(() => answer(response), Math.max(0, stalledUntilMs - performance.now()));
    },
    '/hang': () => {},
    '/drip': () => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    },
    '/close': () => request.socket.destroy(),
    '/cut': () => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => request.socket.destroy());
    },
    '/big': () => answer(response, 200, Buffer.alloc(number('bytes'), '.')),
    '/encoded': () => {
      const as = searchParams.get('as') ?? '';
      const body = ENCODERS[as]?.('hello') ?? Buffer.from('not that');
      answer(response, 200, body, { 'content-encoding': NAMES[as] ?? as });
    },
    '/redirect': () => answer(response, 302, '', { location: '/' }),
    '/garbage': () => request.socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  };
  const route = routes[pathname];
  if (route) route();
  else answer(response);
});
server.on('connection', () => {
  connections += 1;
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => process.send?.({ connections, seen }));
process.on('disconnect', () => process.exit());
