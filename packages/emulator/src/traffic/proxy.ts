import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { Upstream } from './instance.ts';
import { connectionError } from './messages.ts';

/** Headers that mean one connection only (RFC 9110, 7.6.1), and `expect`, which Node's server has answered by then. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Passes a request on and streams the answer back; 503, as Cloud Run, if the process breaks the connection. `broken` is
 * called if it does so within the answer.
 */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: Upstream,
  broken: () => void,
): void {
  const bodyless =
    incoming.headers['transfer-encoding'] === undefined &&
    Number(incoming.headers['content-length'] ?? 0) === 0;
  const attempt = (): void => {
    const onward = request({
      host: '127.0.0.1',
      port: upstream.port,
      agent: upstream.agent,
      method: incoming.method,
      path: incoming.url,
      headers: onwardHeaders(incoming),
    });
    const abandon = (): void => {
      onward.destroy();
    };
    outgoing.once('close', abandon);
    onward.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.headers));
      outgoing.flushHeaders();
      answer.once('error', broken);
      pipeline(answer, outgoing, () => {});
    });
    onward.once('error', () => {
      outgoing.off('close', abandon);
      if (outgoing.headersSent) outgoing.destroy();
      // A kept connection that the server closed just then: the request was not looked at.
      else if (onward.reusedSocket && bodyless && !outgoing.destroyed) attempt();
      else answerPlainly(outgoing, 503, connectionError);
    });
    if (bodyless) onward.end();
    else incoming.pipe(onward);
  };
  attempt();
}

/**
 * Passes an upgrade (WebSocket) on and joins both connections; `done` gets the status that the client got, or 499, when
 * the client's connection has ended.
 */
export function forwardUpgrade(
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  upstream: Upstream,
  done: (status: number) => void,
): void {
  const onward = request({
    host: '127.0.0.1',
    port: upstream.port,
    agent: false,
    method: incoming.method,
    path: incoming.url,
    headers: { ...onwardHeaders(incoming), connection: 'Upgrade', upgrade: incoming.headers.upgrade },
  });
  let status = 499;
  client.once('close', () => {
    onward.destroy();
    done(status);
  });
  onward.once('upgrade', (answer, server, serverHead) => {
    status = 101;
    client.write(statusLine(answer) + rawHeaders(answer));
    if (serverHead.length > 0) client.write(serverHead);
    if (head.length > 0) server.write(head);
    pipeline(client, server, client, () => {
      server.destroy();
      client.destroy();
    });
  });
  onward.once('response', (answer) => {
    status = answer.statusCode ?? 502;
    client.write(statusLine(answer) + rawHeaders(answer));
    pipeline(answer, client, () => client.destroy());
  });
  onward.once('error', () => {
    if (client.destroyed) return;
    status = 503;
    rejectUpgrade(client, status, connectionError);
  });
  onward.end();
}

/** An answer of the front end itself. */
export function answerPlainly(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

export function rejectUpgrade(client: Duplex, status: number, text: string): void {
  const answer = `HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
  client.end(answer, () => client.destroy());
}

function onwardHeaders(incoming: IncomingMessage): IncomingHttpHeaders {
  const client = incoming.socket.remoteAddress ?? '127.0.0.1';
  const before = incoming.headers['x-forwarded-for'];
  return {
    ...endToEnd(incoming.headers),
    ...(incoming.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': before === undefined ? client : `${before}, ${client}`,
    'x-forwarded-proto': 'http',
  };
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}

function statusLine({ statusCode, statusMessage }: IncomingMessage): string {
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n`;
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage): string {
  let lines = '';
  for (let index = 0; index < raw.length; index += 2) lines += `${raw[index]}: ${raw[index + 1]}\r\n`;
  return `${lines}\r\n`;
}
