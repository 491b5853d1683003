import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { drive } from '../../src/load/drive.ts';
import { violations } from '../../src/load/limits.ts';
import type { LoadPlan, LoadResult } from '../../src/load/plan.ts';
import type { Progress } from '../../src/load/progress.ts';
import { MAX_USERS } from '../../src/load/schedule.ts';
import { rotation } from '../../src/load/weights.ts';
import { get, planOf } from './support/plans.ts';
import { type Service, startService } from './support/service.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

const users = (count: number) => ({ kind: 'users' as const, users: count });
const rate = (perSecond: number) => ({ kind: 'rate' as const, perSecond });
/** One request. */
const once = { shape: rate(20), durationMs: 50 };
const unwatched = { onProgress: () => {} };
const load = (plan: LoadPlan, signal = new AbortController().signal) => drive(plan, { signal, ...unwatched });
const counted = ({ histogram }: LoadResult) => histogram.reduce((sum, { count }) => sum + count, 0);

test('users send one request after the other, each on one connection', async () => {
  const { origin } = service;
  const result = await load(planOf(get('/'), { origin, shape: users(3) }));
  const { connections, seen } = await service.seen();
  expect(connections).toBe(3);
  expect(result).toMatchObject({
    total: { requests: seen['/'], errors: 0, reasons: [] },
    bytes: result.total.requests * 'hello'.length,
    notBegun: 0,
    stopped: false,
  });
  expect(result.total.requests).toBeGreaterThan(3);
  expect(result.durationMs).toBeGreaterThanOrEqual(500);
  expect(result.requestsPerSecond).toBeCloseTo((1000 * result.total.requests) / result.durationMs);
  expect([...result.checks]).toEqual([['/', result.total]]);
});

test('a rate sends what is due, on as many connections as it takes', async () => {
  const { origin } = service;
  const result = await load(planOf(get('/slow?ms=100'), { origin, shape: rate(100) }));
  const { connections } = await service.seen();
  expect(result.total).toMatchObject({ requests: 50, errors: 0 });
  expect(counted(result)).toBe(50);
  // Ten are under way at once; never more than there are requests.
  expect(connections).toBeGreaterThanOrEqual(5);
  expect(connections).toBeLessThanOrEqual(50);
  expect(result.total.corrected.p50).toBeGreaterThanOrEqual(95);
});

test('a rate may be less than one a second', async () => {
  const { origin } = service;
  const result = await load(planOf(get('/'), { origin, shape: rate(0.5) }));
  expect(result.total.requests).toBe(1);
});

test('with a rate, a stall counts for every request that was due while it lasted', async () => {
  const { origin } = service;
  const plan = planOf(get('/stall?at=100&ms=1000'), { origin, shape: rate(200), durationMs: 2000 });
  const { total, ...result } = await load(plan);
  expect(total).toMatchObject({ requests: 400, errors: 0 });
  expect(result.notBegun).toBe(0);
  // A hundred were due in its first half, a quarter of all.
  expect(total.corrected.p90).toBeGreaterThanOrEqual(500);
  expect(total.corrected.p99).toBeGreaterThanOrEqual(900);
});

test('with users, a stall counts for what they would have sent meanwhile', async () => {
  const { origin } = service;
  const exchange = get('/slow?ms=5');
  const stall = get('/stall?at=1&ms=1000', { name: exchange.name });
  const user = async () => {
    let sent = 0;
    return { next: () => (++sent === 5 ? stall : exchange) };
  };
  const result = await load({ ...planOf(exchange, { origin, shape: users(2), durationMs: 2000 }), user });
  const { measured, corrected, requests } = result.total;
  expect((await service.seen()).seen['/stall']).toBe(2);
  const added = counted(result) - requests;
  expect(added).toBeGreaterThan(500 / measured.p50);
  expect(added).toBeLessThanOrEqual((2 * result.durationMs) / measured.p50);
  expect(corrected.p95).toBeGreaterThan(measured.p95);
  // It counts from before the connection was there.
  expect(corrected.max).toBeGreaterThanOrEqual(measured.max);
});

test('with users, the time without an answer counts, however few requests they sent meanwhile', async () => {
  const { origin } = service;
  const exchange = get('/slow?ms=2');
  const hang = get('/hang', { name: exchange.name });
  const user = async () => {
    let sent = 0;
    return { next: () => (++sent === 5 ? hang : exchange) };
  };
  const plan = planOf(exchange, { origin, shape: users(2), durationMs: 2000, requestTimeoutMs: 1000 });
  const result = await load({ ...plan, user });
  expect(result.total.errors).toBe(2);
  expect(result.lostShare).toBeGreaterThan(0.3);
  expect(violations({ errorShare: 0.2 }, result)).toEqual([
    {
      limit: 'errors',
      expected: 'at most 20 %',
      got: expect.stringMatching(/ of the time without an answer$/),
    },
  ]);
});

test('with a rate, what no user is free for by the end is counted and not sent', async () => {
  const { origin } = service;
  const plan = planOf(get('/hang'), {
    origin,
    shape: rate(1.5 * MAX_USERS),
    durationMs: 1000,
    requestTimeoutMs: 4000,
  });
  const { total, notBegun } = await load(plan);
  expect(total).toMatchObject({
    requests: MAX_USERS,
    errors: MAX_USERS,
    reasons: [{ reason: 'no complete answer within 4s', count: MAX_USERS }],
  });
  expect(notBegun).toBe(0.5 * MAX_USERS);
  expect((await service.seen()).connections).toBeLessThanOrEqual(MAX_USERS);
  expect(total.corrected.p50).toBeGreaterThanOrEqual(3990);
});

test('weights give each check its share', async () => {
  const { origin } = service;
  const begin = rotation([
    { item: get('/query'), weight: 3 },
    { item: get('/ingest', { method: 'POST', body: '{}' }), weight: 1 },
  ]);
  const user = async (number: number) => ({ next: begin(number) });
  const { checks, total } = await load({ ...planOf(get('/'), { origin, shape: users(4) }), user });
  const { seen } = await service.seen();
  const [query, ingest] = [checks.get('/query')?.requests ?? 0, checks.get('/ingest')?.requests ?? 0];
  expect([query, ingest]).toEqual([seen['/query'], seen['/ingest']]);
  expect(query + ingest).toBe(total.requests);
  // Of each user's last round, at most three queries are without their ingest, or an ingest without its queries.
  expect(Math.abs(query - 3 * ingest)).toBeLessThanOrEqual(3 * 4);
});

test('what a check finds wrong is an error with its reason, and has a latency', async () => {
  const { origin } = service;
  const result = await load(planOf(get('/fail?every=4'), { origin, shape: users(2) }));
  const { requests, errors, reasons } = result.total;
  expect(errors).toBe(Math.floor(requests / 4));
  expect(reasons).toEqual([{ reason: 'status 500', count: errors }]);
  expect(counted(result)).toBeGreaterThanOrEqual(requests);
});

test('a redirect is an answer, and is not followed', async () => {
  const { origin } = service;
  const { total } = await load(planOf(get('/redirect'), { origin, shape: rate(10) }));
  expect(total.reasons).toEqual([{ reason: 'status 302', count: 5 }]);
  expect((await service.seen()).seen).toEqual({ '/redirect': 5 });
});

test('a check that fails itself is an error, not a crash', async () => {
  const { origin } = service;
  const judge = () => {
    throw new Error('no such field');
  };
  const { total } = await load(planOf(get('/', { judge }), { origin, shape: rate(10) }));
  expect(total.reasons).toEqual([{ reason: 'no such field', count: 5 }]);
});

test.each(['gzip', 'br', 'deflate', 'deflate-raw', 'zstd', 'deflate, gzip', 'identity'])(
  'a body encoded with %s is unpacked for who looks at it',
  async (as) => {
    const { origin } = service;
    const bodies: string[] = [];
    const judge = ({ body }: { body: Buffer }) => void bodies.push(body.toString());
    const exchange = get(`/encoded?as=${encodeURIComponent(as)}`, { needsBody: true, judge });
    await load(planOf(exchange, { origin, ...once }));
    expect(bodies).toEqual([as === 'identity' ? 'not that' : 'hello']);
  },
);

test.each([
  ['/encoded?as=lzma', 'the body is in a content coding that was not asked for'],
  ['/encoded?as=x-gzip', 'the body is not the x-gzip that it says it is: incorrect header check'],
  ['/encoded?as=bomb', 'the body is longer than 10 MiB, which is more than a check reads'],
  ['/big?bytes=10485761', 'the body is longer than 10 MiB, which is more than a check reads'],
])('of a body that cannot be looked at, %s, the reason is said', async (path, reason) => {
  const { origin } = service;
  const { total } = await load(planOf(get(path, { needsBody: true }), { origin, ...once }));
  expect(total.reasons).toEqual([{ reason, count: 1 }]);
});

test('a body that nobody looks at may be of any length, and is counted', async () => {
  const { origin } = service;
  const { total, bytes } = await load(planOf(get('/big?bytes=20000000'), { origin, ...once }));
  expect(total).toMatchObject({ requests: 1, errors: 0 });
  expect(bytes).toBe(20e6);
});

test.each([
  ['/close', 'connection closed before the answer was complete'],
  ['/cut', 'connection closed before the answer was complete'],
  ['/garbage', 'Response does not match the HTTP/1.1 protocol (Expected HTTP/, RTSP/ or ICE/)'],
])('a connection that breaks off, %s, is an error without latency', async (path, reason) => {
  const { origin } = service;
  const result = await load(planOf(get(path), { origin, shape: rate(10) }));
  expect(result.total).toMatchObject({ requests: 5, errors: 5, reasons: [{ reason, count: 5 }] });
  expect(result.total.corrected.p50).toBeNaN();
  expect(result.histogram).toEqual([]);
});

test.each(['/drip', '/hang'])('a request has its time-out with the body included, %s', async (path) => {
  const { origin } = service;
  const plan = planOf(get(path), { origin, shape: rate(6), requestTimeoutMs: 300 });
  const { total } = await load(plan);
  expect(total.reasons).toEqual([{ reason: 'no complete answer within 300ms', count: 3 }]);
  expect(total.corrected.p50).toBeGreaterThanOrEqual(295);
});

test('users go on after a time-out, on a new connection', async () => {
  const { origin } = service;
  const paths = [get('/hang'), get('/')];
  const user = async () => {
    let sent = 0;
    return { next: () => paths[sent++ % 2] ?? get('/') };
  };
  const plan = {
    ...planOf(get('/'), { origin, shape: users(1), durationMs: 1500, requestTimeoutMs: 700 }),
    user,
  };
  const { checks } = await load(plan);
  expect(checks.get('/')).toMatchObject({ errors: 0 });
  expect(checks.get('/hang')?.errors).toBe(checks.get('/hang')?.requests);
  expect(checks.get('/')?.requests).toBeGreaterThanOrEqual(1);
});

test('a refused connection is not tried again at once', async () => {
  const { origin } = service;
  service.stop();
  await expect.poll(() => fetch(origin).catch((error) => error)).toBeInstanceOf(TypeError);
  const { total } = await load(planOf(get('/'), { origin, shape: users(2) }));
  expect(total.reasons).toEqual([{ reason: 'connection refused', count: total.requests }]);
  // One to begin with, and one after each tenth of a second at the most.
  expect(total.requests).toBeLessThanOrEqual(2 * 6);
  expect(total.corrected.p99).toBeNaN();
});

test('with a rate, what is refused is still only what was due', async () => {
  const { origin } = service;
  service.stop();
  await expect.poll(() => fetch(origin).catch((error) => error)).toBeInstanceOf(TypeError);
  const { total, notBegun } = await load(planOf(get('/'), { origin, shape: rate(100) }));
  expect([total.requests, total.errors, notBegun]).toEqual([50, 50, 0]);
});

test.each([users(3), rate(50)])(
  'the signal ends a load with $kind without waiting for answers',
  async (shape) => {
    const { origin } = service;
    const stop = new AbortController();
    let good = 0;
    const judge = () => {
      good += 1;
      if (good === 10) stop.abort();
      return undefined;
    };
    const hang = get('/hang');
    const quick = get('/', { judge });
    const user = async (number: number) => ({ next: () => (number === 1 ? hang : quick) });
    const plan = {
      ...planOf(quick, { origin, shape, durationMs: 3_600_000, requestTimeoutMs: 3_600_000 }),
      user,
    };
    const { total, stopped } = await load(plan, stop.signal);
    expect(stopped).toBe(true);
    expect(total).toMatchObject({ requests: 10, errors: 0 });
  },
);

test('a load may be stopped before its users have begun', async () => {
  const { origin } = service;
  const stop = new AbortController();
  const user = () => {
    stop.abort();
    return new Promise<never>(() => {});
  };
  const result = await load({ ...planOf(get('/'), { origin, shape: users(1) }), user }, stop.signal);
  expect(result).toMatchObject({
    stopped: true,
    total: { requests: 0 },
    requestsPerSecond: 0,
    durationMs: 0,
  });
});

test.each([users(3), rate(10)])(
  'a load with $kind whose users cannot begin does not begin',
  async (shape) => {
    const { origin } = service;
    const user = () => Promise.reject(new Error('sign-in answered 403'));
    await expect(load({ ...planOf(get('/'), { origin, shape }), user })).rejects.toThrow(
      'sign-in answered 403',
    );
  },
);

test('a user who cannot begin later on is counted, and the others do the work', async () => {
  const { origin } = service;
  const user = async (number: number) => {
    if (number > 0) throw new Error('sign-in answered 503');
    return { next: () => get('/slow?ms=50') };
  };
  const { total, checks, notBegun } = await load({ ...planOf(get('/'), { origin, shape: rate(100) }), user });
  const beginning = checks.get('beginning of a user');
  expect(beginning?.reasons).toEqual([{ reason: 'sign-in answered 503', count: beginning?.requests }]);
  const sent = checks.get('/slow?ms=50')?.requests ?? 0;
  expect(sent + notBegun).toBe(50);
  expect(total.requests).toBe(sent + (beginning?.requests ?? 0));
});

test.each([users(2), rate(10)])('with $kind, a user who throws ends the load', async (shape) => {
  const { origin } = service;
  const user = async () => ({
    next: () => {
      throw new Error('no variable of that name');
    },
  });
  await expect(load({ ...planOf(get('/'), { origin, shape }), user })).rejects.toThrow(
    'no variable of that name',
  );
});

test('a request that cannot be sent is an error', async () => {
  const { origin } = service;
  const { total } = await load(planOf(get('no slash'), { origin, shape: rate(4) }));
  expect(total.reasons).toEqual([{ reason: 'path must be an absolute URL or start with a slash', count: 2 }]);
});

test('says every five seconds how far it has come', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { origin } = service;
    const heard: Progress[] = [];
    let good = 0;
    const judge = () => {
      good += 1;
      if (good % 10 === 0) vi.advanceTimersByTime(5000);
      return undefined;
    };
    const signal = new AbortController().signal;
    const plan = planOf(get('/', { judge }), { origin, shape: rate(40) });
    await drive(plan, { signal, onProgress: (progress) => heard.push(progress) });
    expect(heard.map(({ requests, errors, durationMs }) => ({ requests, errors, durationMs }))).toEqual([
      { requests: 9, errors: 0, durationMs: 500 },
      { requests: 19, errors: 0, durationMs: 500 },
    ]);
    expect(heard.every(({ p95Ms, elapsedMs }) => p95Ms > 0 && elapsedMs > 0)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
