// Stands in for the API of apex-memory: users log in, put memories in, and find them a moment later.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const {
  PORT = '8080',
  VERSION = '1.4.0',
  // What is put in is found after this time, as with an index that is filled in the background.
  INDEX_DELAY_MS = '1500',
  SMOKE_PASSWORD = 'correct horse battery staple',
  // `health`, `login`, `ingest` or `query`: the path that is broken in this release.
  BROKEN = '',
} = process.env;

const tokens = new Set();
const memories = [];

function health() {
  const dependencies = { postgres: BROKEN === 'health' ? 'unreachable' : 'ok', qdrant: 'ok' };
  const status = BROKEN === 'health' ? 'degraded' : 'ok';
  return [200, { status, service: 'apex-api', version: VERSION, dependencies }];
}

function login({ email, password }) {
  if (BROKEN === 'login') return [500, { detail: 'no such table: users' }];
  if (password !== SMOKE_PASSWORD) return [401, { detail: `wrong password for ${email}` }];
  const token = randomUUID();
  tokens.add(token);
  return [200, { access_token: token, token_type: 'bearer' }];
}

function ingest({ content }) {
  if (BROKEN === 'ingest') return [500, { detail: 'the queue is full' }];
  const memory = { id: randomUUID(), content, foundFromMs: Date.now() + Number(INDEX_DELAY_MS) };
  memories.push(memory);
  if (memories.length > 1000) memories.shift();
  return [202, { id: memory.id }];
}

function query(words) {
  if (BROKEN === 'query') return [200, { results: [] }];
  const found = memories.filter(
    ({ id, content, foundFromMs }) => `${id} ${content}`.includes(words) && foundFromMs <= Date.now(),
  );
  const results = found.slice(-5).map(({ id, content }) => ({ id, content }));
  return [200, { results }];
}

function answer(request, url, body) {
  if (url.pathname === '/api/v1/health') return health();
  if (request.method === 'POST' && url.pathname === '/api/v1/auth/login') return login(body);
  const token = request.headers.authorization?.replace(/^Bearer /, '');
  if (!tokens.has(token)) return [401, { detail: 'log in first' }];
  if (request.method === 'POST' && url.pathname === '/api/v1/memories') return ingest(body);
  if (url.pathname === '/api/v1/query') return query(url.searchParams.get('q') ?? '');
  return [404, { detail: 'not found' }];
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  const [status, json] = answer(request, new URL(request.url, 'http://localhost'), text && JSON.parse(text));
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
});
server.listen(Number(PORT), () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => server.close());
