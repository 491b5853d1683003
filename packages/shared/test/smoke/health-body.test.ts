import { expectedVersion, judgeHealth } from '@apex-actions/shared/smoke/health-body';
import { describe, expect, it, test } from 'vitest';
import { checkOf } from './support/checks.ts';
import { responseOf } from './support/response.ts';

const COMMIT = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567';
const HEALTHY = { status: 'ok', service: 'shop', version: '1.2.3', dependencies: { database: 'ok' } };

function judged(body: unknown, { path = '/api/v1/health', names = [] as string[], expectations = {} } = {}) {
  const check = checkOf(
    JSON.stringify({ request: `GET ${path}`, expect: { status: '2xx', ...expectations } }),
  );
  return judgeHealth(check, responseOf(body), expectedVersion(names)).map(
    ({ what, expected, got }) => `${what}: ${expected}, ${got}`,
  );
}

const ILL = { status: 'ok', dependencies: { database: 'down' } };
const FOUND = ['dependency database: status ok, status down'];

test.each([
  ...[
    '/health',
    '/healthz',
    '/api/v1/health',
    '/HEALTH',
    '/health/',
    '/health?full=1',
    '/_ah/health',
    '/livez',
  ],
  ...['/live', '/ready', '/readyz', '/-/ready', '/readiness', '/liveness', '/ping', '/app-health'],
])('%s asks for health', (path) => {
  expect(judged(ILL, { path })).toEqual(FOUND);
});

test.each(['/', '/healthy-recipes', '/orders', '/health/history', '/api?next=/health', '/wealth'])(
  '%s does not ask for health',
  (path) => {
    expect(judged(ILL, { path })).toEqual([]);
  },
);

test.each([{ json: { status: 'ok' } }, { body: { contains: 'ok' } }, { schema: {} }])(
  'a check that says itself what the body must be is left alone: %j',
  (expectations) => {
    expect(judged(ILL, { expectations })).toEqual([]);
  },
);

test.each([
  ...['ok', 'OK', 'pass', 'UP', 'Healthy', 'healthy', 'up', 'ready', 'alive', 'SERVING', ' ok ', 'green'],
  ...[true, { status: 'up' }],
])('a status %j is well', (status) => {
  expect(judged({ status, dependencies: { database: status } })).toEqual([]);
});

test.each([
  ...['down', 'DOWN', 'fail', 'Unhealthy', 'error', 'degraded', 'OUT_OF_SERVICE', '', 'not ok', 'red'],
])('a status %j is not well', (status) => {
  expect(judged({ status, dependencies: { database: status } })).toEqual([
    `health: status ok, status ${status}`,
    `dependency database: status ok, status ${status}`,
  ]);
});

describe('dependencies', () => {
  it.each<[form: string, dependencies: unknown]>([
    ['texts', { cache: 'ok', database: 'down' }],
    ['mappings', { cache: { status: 'ok', ms: 3 }, database: { status: 'down' } }],
    ['mappings with a state', { cache: { state: 'up' }, database: { state: 'down' } }],
    [
      'a list',
      [
        { name: 'cache', status: 'ok' },
        { name: 'database', status: 'down' },
      ],
    ],
    ['a list with what says nothing', [null, 'cache', { ms: 3 }, { name: 'database', status: 'down' }]],
    ['a list with other names', [{ service: 'database', status: 'down' }]],
    ['values that say nothing', { cache: null, queue: 5, list: [], database: 'down' }],
  ])('in the form of %s are named where they are ill', (_, dependencies) => {
    expect(judged({ status: 'ok', dependencies })).toEqual(FOUND);
  });

  it('may be flags', () => {
    const dependencies = { cache: true, database: { healthy: false }, queue: false };
    expect(judged({ status: 'ok', dependencies })).toEqual([
      'dependency queue: status ok, status unhealthy',
      'dependency database: status ok, status unhealthy',
    ]);
  });

  it.each([null, 'ok', 5, [], {}])('may be %j', (dependencies) => {
    expect(judged({ status: 'ok', dependencies })).toEqual([]);
  });
});

test.each([null, 5, 'ok', []])('a body of another form is none of health: %j', (body) => {
  expect(judged(body, { names: ['1'] })).toEqual([]);
});

test.each<[what: string, body: unknown, told: string[]]>([
  [
    'dependencies alone',
    { dependencies: { database: 'down' } },
    ['dependency database: status ok, status down'],
  ],
  ['a status of HTTP', { status: 503 }, ['health: status ok, status 503']],
  ['flags', { ok: false, healthy: false }, ['health: status ok, status unhealthy']],
  [
    'an error',
    { dependencies: { pg: { error: 'refused' } } },
    ['dependency pg: status ok, status error refused'],
  ],
  [
    'what is nested',
    { status: 'ok', dependencies: { db: { primary: { status: 'down' }, replica: { status: 'up' } } } },
    ['dependency db.primary: status ok, status down'],
  ],
  [
    'the draft',
    { status: 'pass', checks: { 'db:time': [{ componentId: 'a', status: 'fail' }] } },
    ['dependency db:time.0: status ok, status fail'],
  ],
  [
    "Spring's",
    { status: 'UP', components: { db: { status: 'DOWN', details: { error: 'x' } } } },
    ['dependency db: status ok, status DOWN'],
  ],
  [
    'flags of other names',
    { dependencies: { cache: { ok: true }, database: { connected: false } } },
    ['dependency database: status ok, status unhealthy'],
  ],
  [
    'what is no state is none',
    {
      up: 86_400,
      available: 3,
      status: 'ok',
      dependencies: { pool: { size: 3, ssl: false, host: 'db-1' }, queue: 7 },
      details: { region: 'europe-west1', debug: false },
    },
    [],
  ],
])('is understood: %s', (_, body, told) => {
  expect(judged(body)).toEqual(told);
});

test('text is no body of health', () => {
  expect(judged('ok')).toEqual([]);
  expect(judged('<html>')).toEqual([]);
});

test.each<[names: string[], version: unknown, fits: boolean]>([
  [[], '1.2.3', true],
  [['1.2.3'], '1.2.3', true],
  [['v1.2.3'], '1.2.3', true],
  [['1.2.3'], 'v1.2.3', true],
  [['1.2.3'], ' 1.2.3\n', true],
  [['1.2.3'], '1.2.4', false],
  [['1.2.3'], '1.2.30', false],
  [['1.2.3', '1.2.4'], '1.2.4', true],
  [['5'], 5, true],
  [['5'], 6, false],
  [['version'], 'ersion', false],
  [[COMMIT], COMMIT, true],
  [[COMMIT], COMMIT.toUpperCase(), true],
  [[COMMIT], COMMIT.slice(0, 7), true],
  [[COMMIT], COMMIT.slice(0, 6), false],
  [[COMMIT], `main-${COMMIT.slice(0, 7)}`, true],
  [[COMMIT], `1.0.0-4-g${COMMIT.slice(0, 12)}`, true],
  [[COMMIT], `${COMMIT.slice(0, 7)}-dirty`, false],
  [[COMMIT], COMMIT.slice(1, 9), false],
  [[COMMIT], 'ffffffffffffffffffffffffffffffffffffffff', false],
  [[COMMIT.slice(0, 7)], COMMIT, true],
  [[COMMIT.slice(0, 7)], `main-${COMMIT}`, true],
  [[COMMIT.slice(0, 7)], COMMIT.slice(0, 7), true],
  [[COMMIT.slice(0, 7)], `1${COMMIT.slice(1)}`, false],
  [['20260101'], '20260101120000', false],
  [['20260101120000'], '20260101', false],
])('of %j, version %j fits: %s', (names, version, fits) => {
  expect(judged({ ...HEALTHY, version }, { names })).toEqual(
    fits ? [] : [`version: ${names.join(' or ')}, ${version}`],
  );
});

test('a body without its version is no proof of the one that was deployed', () => {
  expect(judged({ status: 'ok' }, { names: ['1.2.3'] })).toEqual(['version: 1.2.3, nothing']);
});

test('a wrong version comes with its reasons', () => {
  const check = checkOf('GET /health');
  expect(judgeHealth(check, responseOf(HEALTHY), expectedVersion(['2']))).toMatchObject([
    { what: 'version', hint: expect.stringContaining('another revision answers') },
  ]);
});
