// What the stand-ins have in common: they listen, tell their health, end on SIGTERM, and fail as BROKEN says.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const {
  PORT = '8080',
  VERSION = 'dev',
  // What is broken in this release: `errors`, `slow`, `health` or `start`. Empty in a good one.
  BROKEN = '',
  // With `errors`, the share of requests that fail; with `slow`, how much longer each takes.
  FAIL_SHARE = '0.3',
  SLOW_MS = '1000',
} = process.env;

const WAYS = ['', 'errors', 'slow', 'health', 'start'];
const WELL = ['ok', 'running'];

/** Whether it is one of those that fail. */
export function fails(what) {
  if (BROKEN !== 'errors' || Math.random() >= Number(FAIL_SHARE)) return false;
  console.log(`BROKEN=errors: ${what} fails`);
  return true;
}

/** Takes the time that it takes longer. */
export async function dawdle(what) {
  if (BROKEN !== 'slow') return;
  console.log(`BROKEN=slow: ${what} takes ${SLOW_MS} ms longer`);
  await pause(Number(SLOW_MS));
}

/** What is said of itself; with a dependency that is not well it is 503. */
async function tellHealth(service, dependencies, details) {
  const states = await dependencies();
  const isWell = BROKEN !== 'health' && Object.values(states).every((state) => WELL.includes(state));
  if (BROKEN === 'health') console.log('BROKEN=health: the health path answers 503');
  return [
    isWell ? 200 : 503,
    {
      status: isWell ? 'ok' : 'degraded',
      service,
      version: VERSION,
      dependencies: states,
      ...(BROKEN === 'health' && { reason: 'BROKEN=health' }),
      ...details(),
    },
  ];
}

/** `GET /entries/:id` as a method and an expression with the group `id`. */
function compile([route, handler]) {
  const [method, path] = route.split(' ');
  const pattern = path.replaceAll('.', '\\.').replaceAll(/:(\w+)/g, '(?<$1>[^/]+)');
  return { method, path: new RegExp(`^${pattern}$`), handler };
}

async function readJson(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  try {
    return text === '' ? {} : Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function answerUser(routes, request, url) {
  const what = `${request.method} ${url.pathname}`;
  await dawdle(what);
  if (fails(what)) return [500, { error: 'BROKEN=errors' }];
  for (const { method, path, handler } of routes) {
    const found = method === request.method ? path.exec(url.pathname) : null;
    if (!found) continue;
    const body = await readJson(request);
    if (!body) return [400, { error: 'the body is not JSON' }];
    return handler({ params: found.groups, query: url.searchParams, headers: request.headers, body });
  }
  return [404, { error: 'not found' }];
}

/**
 * Starts a service. A route answers `[status, body]`; a text is sent as HTML, all else as JSON.
 * @param {object} options
 * @param {Record<string, Function>} [options.routes] such as `{ 'GET /entries/:id': ({ params }) => [200, …] }`
 * @param {() => object} [options.dependencies] the state of each by name, for the health body
 * @param {() => object} [options.details] what else that body tells
 * @param {string[]} [options.ways] further values of BROKEN, which the service itself heeds
 * @param {() => unknown} [options.close] called when the last request has been answered
 */
export function serve({
  service,
  healthPath = '/health',
  routes = {},
  dependencies = () => ({}),
  details = () => ({}),
  ways = [],
  close = () => {},
}) {
  if (BROKEN === 'start') {
    console.error('BROKEN=start: this release does not start');
    process.exit(1);
  }
  if (![...WAYS, ...ways].includes(BROKEN)) {
    console.error(
      `BROKEN=${BROKEN} is not known; there are ${[...WAYS, ...ways].filter(Boolean).join(', ')}`,
    );
    process.exit(1);
  }
  const compiled = Object.entries(routes).map(compile);

  async function answer(request) {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === healthPath) return tellHealth(service, dependencies, details);
    // For the liveness probe: a database that is down is no reason to restart every instance.
    if (url.pathname === '/live') return [200, { status: 'ok' }];
    return answerUser(compiled, request, url);
  }

  const server = createServer(async (request, response) => {
    let status = 500;
    let body = { error: 'internal error' };
    try {
      [status, body] = await answer(request);
    } catch (error) {
      console.error(`${request.method} ${request.url}: ${error.stack}`);
    }
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html; charset=utf-8' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  });
  server.listen(Number(PORT), () => {
    console.log(`listening on ${server.address().port}${BROKEN && `, BROKEN=${BROKEN}`}`);
  });
  process.on('SIGTERM', () => server.close(close));
  return server;
}
