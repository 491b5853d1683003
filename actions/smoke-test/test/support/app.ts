/**
 * The application of the tests, a small memory store. Beside what it does of its own accord, it answers as `ANSWERS` says:
 * a list of answers by `METHOD /path`, of which the last one stays. `GET /seen` on its second port tells what it was asked.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Answer, SeenRequest } from './answers.ts';

const {
  HOST = '127.0.0.1',
  PORT = '0',
  VERSION = '1.4.2',
  PASSWORD = 'correct horse',
  TOKEN = 'memory-token',
  MOST_LOGINS = 'Infinity',
  INVISIBLE_FOR = '0',
  FAIL_EVERY = '0',
  FAIL_AFTER = '0',
  DELAY_MS = '0',
  ANSWERS = '{}',
  CERTIFICATE,
  KEY,
  PROTOCOL,
} = process.env;

const answers = new Map<string, Answer[]>(Object.entries(JSON.parse(ANSWERS)));
const seen: SeenRequest[] = [];
const memories: { id: string; text: string; queries: number }[] = [];
let logins = 0;
let queries = 0;

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

function health(response: ServerResponse): void {
  const dependencies = { database: 'ok', index: { status: 'up' } };
  sendJson(response, 200, { status: 'ok', service: 'apex-memory', version: VERSION, dependencies });
}

function login(body: string, response: ServerResponse): void {
  const given = JSON.parse(body);
  const isKnown = given.password === PASSWORD;
  if (isKnown) logins += 1;
  if (!isKnown) sendJson(response, 401, { error: 'unknown user or password' });
  else if (logins > Number(MOST_LOGINS)) sendJson(response, 403, { error: 'too many logins' });
  else
    sendJson(response, 200, {
      token: `${TOKEN}-${logins}`,
      user: { name: given.username, roles: ['writer'] },
    });
}

function ingest(body: string, response: ServerResponse): void {
  const id = `memory-${memories.length + 1}`;
  memories.push({ id, text: JSON.parse(body).text, queries: 0 });
  sendJson(response, 202, { id, status: 'accepted' });
}

/** A memory is found once it was asked for often enough: no test waits for a clock. */
function query(wanted: string, response: ServerResponse): void {
  queries += 1;
  if (Number(FAIL_EVERY) > 0 && queries > Number(FAIL_AFTER) && queries % Number(FAIL_EVERY) === 0) {
    sendJson(response, 500, { error: 'the index is gone' });
    return;
  }
  const items = memories.filter((memory) => {
    if (!memory.text.includes(wanted)) return false;
    memory.queries += 1;
    return memory.queries > Number(INVISIBLE_FOR);
  });
  sendJson(response, 200, { count: items.length, items: items.map(({ id, text }) => ({ id, text })) });
}

function memory(request: SeenRequest, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url, 'http://memory');
  const key = `${request.method} ${pathname}`;
  const isAllowed = request.headers.authorization?.startsWith(`Bearer ${TOKEN}-`);
  if (key === 'GET /api/v1/health') health(response);
  else if (key === 'POST /api/v1/login') login(request.body, response);
  else if (!isAllowed) sendJson(response, 401, { error: 'no token' });
  else if (key === 'POST /api/v1/memories') ingest(request.body, response);
  else if (key === 'GET /api/v1/memories') query(searchParams.get('q') ?? '', response);
  else sendJson(response, 404, { error: 'no such path' });
}

function give(answer: Answer, response: ServerResponse): void {
  const { status = 200, headers = {}, body = '', kind = 'whole' } = answer;
  const bytes = answer.base64 === undefined ? body : Buffer.from(answer.base64, 'base64');
  if (kind === 'whole') {
    response.writeHead(status, headers).end(bytes);
  } else if (kind === 'raw') {
    response.socket?.end(bytes);
  } else if (kind === 'deep') {
    response.writeHead(status).end('['.repeat(1_000_000) + ']'.repeat(1_000_000));
  } else if (kind === 'hay') {
    const items = Array.from({ length: 20_000 }, (_, i) => i);
    sendJson(response, status, { text: 'hay '.repeat(400_000), items });
  } else if (kind === 'endless') {
    response.writeHead(status, headers);
    const drip = setInterval(() => response.write('.'), 20);
    response.once('close', () => clearInterval(drip));
  } else if (kind === 'long') {
    response.writeHead(status, headers);
    let left = answer.bytes ?? 0;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= 65_536;
        if (!response.write('x'.repeat(65_536))) break;
      }
      if (left > 0) response.once('drain', more);
      else response.end();
    };
    more();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers, httpVersion } = request;
  const body = await bodyOf(request);
  const noted = { method, url, headers, body, httpVersion };
  seen.push(noted);
  const planned = answers.get(`${method} ${url.split('?')[0]}`) ?? [];
  const [answer] = planned.length > 1 ? planned.splice(0, 1) : planned;
  if (Number(DELAY_MS) > 0) await setTimeout(Number(DELAY_MS));
  if (answer && answer.kind !== 'usual') give(answer, response);
  else memory(noted, response);
}

function create(listener: RequestListener) {
  if (!CERTIFICATE || !KEY) return createServer(listener);
  const tls = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) };
  if (PROTOCOL !== 'h2') return createTlsServer(tls, listener);
  // Its requests and responses are those of HTTP/1.1 as far as this goes.
  return createSecureServer({ ...tls, allowHTTP1: false }, listener as unknown as () => void);
}

const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;
const server = create((request, response) => void serve(request, response).catch(() => response.destroy()));
const control = createServer((_, response) => sendJson(response, 200, seen));
control.listen(0, '127.0.0.1', () => {
  server.listen(Number(PORT), HOST, () => console.log(`${portOf(server)} ${portOf(control)}`));
});
