import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { appImage, dataPlane, isAlive, revision, tcpProbe } from './world.ts';

const all = (id: string) => [{ revision: id, percent: 100 }];

describe('routing', () => {
  it('splits requests of a service by the targets and sends tagged ones to their revision', async () => {
    let drawn = 0;
    const { plane, recorded } = dataPlane({ random: () => (drawn++ % 100) / 100 });
    await Promise.all([plane.startRevision(revision('api-1')), plane.startRevision(revision('api-2'))]);
    await plane.setRoutes(
      'api',
      [
        { revision: 'api-1', percent: 90 },
        { revision: 'api-2', percent: 10 },
      ],
      [{ tag: 'canary', revision: 'api-2' }],
    );
    const url = await plane.serviceUrl('api');
    expect(await plane.serviceUrl('api')).toBe(url);
    const seen: Record<string, number> = {};
    for (let index = 0; index < 100; index += 1) {
      const answer = await fetch(url);
      await answer.text();
      const id = answer.headers.get('x-revision') ?? '';
      seen[id] = (seen[id] ?? 0) + 1;
    }
    expect(seen).toEqual({ 'api-1': 90, 'api-2': 10 });

    const tagged = await fetch(await plane.tagUrl('api', 'canary'));
    expect(tagged.headers.get('x-revision')).toBe('api-2');
    await tagged.text();

    await expect.poll(() => recorded).toHaveLength(101);
    expect(plane.requests()).toEqual([
      { service: 'api', revision: 'api-1', via: 'service', statusClasses: { '2xx': 90 } },
      { service: 'api', revision: 'api-2', via: 'service', statusClasses: { '2xx': 10 } },
      { service: 'api', revision: 'api-2', via: 'tag', statusClasses: { '2xx': 1 } },
    ]);
  });

  it.each([
    ['/healthz', 404],
    ['/healthz?full=1', 404],
    ['/eventlog', 404],
    ['/_ah/warmup', 404],
    ['/healthzz', 200],
    ['/api/healthz', 200],
  ])('%s answers %i: some paths never reach a container', async (path, status) => {
    const { plane, recorded } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const answer = await fetch(new URL(path, await plane.serviceUrl('api')));
    expect([answer.status, answer.headers.get('x-revision')]).toEqual([
      status,
      status === 200 ? 'api-1' : null,
    ]);
    await answer.text();
    await expect.poll(() => recorded).toHaveLength(status === 200 ? 1 : 0);
  });

  it('answers 404 where nothing is routed, 503 where no process serves, and records only the latter', async () => {
    const { plane, recorded } = dataPlane();
    const url = await plane.serviceUrl('api');
    const tagUrl = await plane.tagUrl('api', 'gone');
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(tagUrl)).status).toBe(404);
    await plane.setRoutes('api', all('api-1'), []);
    expect((await fetch(url)).status).toBe(503);
    await expect
      .poll(() => recorded.map(({ revision, responseCode }) => [revision, responseCode]))
      .toEqual([['api-1', 503]]);
  });

  it('passes methods, headers, bodies and cookies through in both directions', async () => {
    const { plane } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const url = await plane.serviceUrl('api');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await fetch(`${url}/echo?x=1`, { method, body: 'x'.repeat(200_000) });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('x-method')).toBe(method);
      expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect(answer.headers.get('x-got')).toBe('127.0.0.1');
      expect((await answer.text()).length).toBe(200_000);
    }
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  it('streams: an answer begins before the request has ended', async () => {
    const { plane } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const outgoing = request(`${await plane.serviceUrl('api')}/echo`, { method: 'DELETE' });
    outgoing.setHeader('transfer-encoding', 'chunked');
    outgoing.write('first');
    const [answer] = await once(outgoing, 'response');
    const [first] = await once(answer, 'data');
    expect(String(first)).toBe('first');
    outgoing.end('second');
    const [second] = await once(answer, 'data');
    expect(String(second)).toBe('second');
  });

  it('joins upgraded connections and counts them when they end', async () => {
    const { plane, recorded } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const outgoing = request(await plane.serviceUrl('api'), {
      headers: { connection: 'Upgrade', upgrade: 'echo' },
    });
    outgoing.end();
    const [answer, socket] = await once(outgoing, 'upgrade');
    expect(answer.statusCode).toBe(101);
    socket.write('ping');
    expect(String((await once(socket, 'data'))[0])).toBe('ping');
    expect(recorded).toEqual([]);
    socket.destroy();
    await expect.poll(() => recorded).toMatchObject([{ revision: 'api-1', responseCode: 101 }]);
  });

  it('refuses upgrades that nothing can take', async () => {
    const { plane, recorded } = dataPlane();
    const url = await plane.serviceUrl('api');
    const ask = async (): Promise<number> => {
      const outgoing = request(url, { headers: { connection: 'Upgrade', upgrade: 'echo' } });
      outgoing.end();
      const [answer] = await once(outgoing, 'response');
      answer.resume();
      return answer.statusCode;
    };
    expect(await ask()).toBe(404);
    await plane.setRoutes('api', all('api-1'), []);
    expect(await ask()).toBe(503);
    await expect.poll(() => recorded).toMatchObject([{ responseCode: 503 }]);
  });

  it('records 499 where the client went away', async () => {
    const { plane, recorded } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const outgoing = request(`${await plane.serviceUrl('api')}/echo`, { method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.write('never ending');
    await once(outgoing, 'response');
    outgoing.destroy();
    await expect.poll(() => recorded).toMatchObject([{ responseCode: 499 }]);
  });
});

describe('processes', () => {
  it('gives the process its environment: the container over the mapping, and little of its own', async () => {
    process.env.EMULATOR_SECRET = 'do not inherit';
    const { plane } = dataPlane();
    await plane.startRevision(revision('api-1', { env: { FROM: 'container', PORT: '1' } }));
    delete process.env.EMULATOR_SECRET;
    await plane.setRoutes('api', all('api-1'), []);
    const answer = await fetch(`${await plane.serviceUrl('api')}/env`);
    const env: Record<string, string> = JSON.parse(await answer.text());
    expect(env).toMatchObject({
      FROM: 'container',
      BASE: 'mapping',
      K_SERVICE: 'api',
      K_REVISION: 'api-1',
      K_CONFIGURATION: 'api',
      PATH: process.env.PATH,
    });
    expect(env.PORT).not.toBe('1');
    expect(env).not.toHaveProperty('EMULATOR_SECRET');
  });

  it('says of an unknown image what Cloud Run says', async () => {
    const { plane } = dataPlane();
    expect(await plane.startRevision(revision('api-1', { image: 'eu.example/other:v1' }))).toEqual({
      ready: false,
      reason: 'CONTAINER_MISSING',
      message: "Image 'eu.example/other:v1' not found.",
      logs: [],
    });
  });

  it('fails with the last of the log when the process exits before it listens', async () => {
    const { plane } = dataPlane();
    const result = await plane.startRevision(revision('api-1', { env: { MODE: 'exit' } }));
    expect(result).toMatchObject({
      ready: false,
      reason: 'HEALTH_CHECK_CONTAINER_ERROR',
      message: expect.stringMatching(
        /^The user-provided container failed to start and listen on the port defined provided by the PORT=\d+ environment variable within the allocated timeout\./,
      ),
      logs: ['cannot reach the database', 'Container called exit(3).'],
    });
    expect(plane.logs('api', 'api-1')).toEqual(['cannot reach the database', 'Container called exit(3).']);
  });

  it('fails when the command cannot be started', async () => {
    const { plane } = dataPlane({ images: [{ ...appImage, command: ['/no/such/file'] }] });
    const result = await plane.startRevision(revision('api-1'));
    expect(result).toMatchObject({
      ready: false,
      logs: [expect.stringContaining('Application failed to start')],
    });
  });

  it('fails when nothing listens within the probe, and ends the process', async () => {
    const { plane } = dataPlane();
    const startupProbe = { ...tcpProbe, timeoutMs: 300 };
    const result = await plane.startRevision(revision('api-1', { env: { MODE: 'deaf' }, startupProbe }));
    expect(result).toMatchObject({ ready: false, reason: 'HEALTH_CHECK_CONTAINER_ERROR' });
    expect(plane.logs('api', 'api-1')).toContainEqual(
      expect.stringMatching(/^Container terminated on signal/),
    );
  });

  it('asks the path of an HTTP probe', async () => {
    const { plane } = dataPlane();
    const startupProbe = { ...tcpProbe, kind: 'http' as const, periodMs: 10, failureThreshold: 2 };
    expect(
      await plane.startRevision(revision('api-1', { startupProbe: { ...startupProbe, path: '/unhealthy' } })),
    ).toMatchObject({
      ready: false,
      message: expect.stringContaining('failed the configured startup probe checks'),
    });
    expect(
      await plane.startRevision(revision('api-2', { startupProbe: { ...startupProbe, path: '/fine' } })),
    ).toEqual({ ready: true });
  });

  it('answers 503 for the request that a process dies of, and starts it again for the next', async () => {
    const { plane, recorded } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const url = await plane.serviceUrl('api');
    const before = await (await fetch(`${url}/pid`)).text();
    expect((await fetch(`${url}/crash`)).status).toBe(503);
    await expect.poll(() => isAlive(Number(before))).toBe(false);
    // The news of the exit may come after the exit: a request in between finds nobody and is answered 503 as well.
    const after = async () => {
      const answer = await fetch(`${url}/pid`);
      return { status: answer.status, pid: await answer.text() };
    };
    await expect.poll(after).toMatchObject({ status: 200 });
    expect((await after()).pid).not.toBe(before);
    const codes = () => recorded.map(({ responseCode }) => responseCode);
    await expect.poll(() => codes().slice(-2)).toEqual([200, 200]);
    expect(codes().slice(0, 2)).toEqual([200, 503]);
  });

  it('records 503 where the process dies within its answer', async () => {
    const { plane, recorded } = dataPlane();
    await plane.startRevision(revision('api-1'));
    await plane.setRoutes('api', all('api-1'), []);
    const answer = await fetch(`${await plane.serviceUrl('api')}/break`);
    await expect(answer.text()).rejects.toThrow();
    await expect.poll(() => recorded).toMatchObject([{ responseCode: 503 }]);
  });

  it('gives every one of many processes that start at once a port of its own', async () => {
    const { plane } = dataPlane();
    const ids = Array.from({ length: 8 }, (_, index) => `api-${index}`);
    const results = await Promise.all(ids.map((id) => plane.startRevision(revision(id))));
    expect(results).toEqual(ids.map(() => ({ ready: true })));
  });
});

describe('the end of processes', () => {
  const pidOf = async (url: string): Promise<number> => Number(await (await fetch(`${url}/pid`)).text());

  it('ends them with stopRevision, removeService and close, stubborn ones by force', async () => {
    const { plane } = dataPlane({ stopGraceMs: 100 });
    const pids: number[] = [];
    for (const [service, mode] of [
      ['one', ''],
      ['two', 'stubborn'],
      ['three', 'stubborn'],
    ] as const) {
      await plane.startRevision(revision(`${service}-1`, { service, env: { MODE: mode } }));
      await plane.setRoutes(service, all(`${service}-1`), []);
      pids.push(await pidOf(await plane.serviceUrl(service)));
    }
    const [one = 0, two = 0, three = 0] = pids;
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    await plane.stopRevision('one', 'one-1');
    expect(isAlive(one)).toBe(false);
    const url = await plane.serviceUrl('two');
    await plane.removeService('two');
    expect(isAlive(two)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
    await plane.close();
    expect(isAlive(three)).toBe(false);
    await expect(plane.startRevision(revision('late-1', { service: 'late' }))).rejects.toThrow('closed');
  });

  it('leaves no process of a start that close interrupts', async () => {
    const { plane } = dataPlane({ stopGraceMs: 100 });
    const started = plane.startRevision(revision('api-1', { env: { MODE: 'deaf' } }));
    await plane.close();
    expect(await started).toMatchObject({ ready: false });
  });

  it('ends what the command has started, too', async () => {
    const nested = `"${process.execPath}" app.ts & echo $!; wait`;
    const { plane } = dataPlane({ images: [{ ...appImage, command: ['/bin/sh', '-c', nested] }] });
    await plane.startRevision(revision('api-1'));
    const pid = Number(plane.logs('api', 'api-1')[0]);
    expect(isAlive(pid)).toBe(true);
    await plane.stopRevision('api', 'api-1');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('ends them even if the emulator is killed', async () => {
    const host = spawn(process.execPath, [fileURLToPath(new URL('fixtures/host.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: host.stdout }), 'line');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    host.kill('SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

describe('faults', () => {
  it('fails and delays requests of one revision, or of a whole service, until they are healed', async () => {
    const { plane, recorded } = dataPlane();
    await Promise.all([plane.startRevision(revision('api-1')), plane.startRevision(revision('api-2'))]);
    await plane.setRoutes('api', all('api-1'), [{ tag: 'canary', revision: 'api-2' }]);
    const url = await plane.serviceUrl('api');
    const tagUrl = await plane.tagUrl('api', 'canary');
    const statuses = async (): Promise<number[]> => [(await fetch(url)).status, (await fetch(tagUrl)).status];

    plane.setRevisionFault('api', 'api-2', { failShare: 1 });
    expect(await statuses()).toEqual([200, 500]);
    plane.setServiceFault('api', { failShare: 1, status: 503 });
    expect(await statuses()).toEqual([503, 503]);
    plane.setServiceFault('api', null);
    plane.setRevisionFault('api', 'api-2', null);
    expect(await statuses()).toEqual([200, 200]);

    plane.setServiceFault('api', { delayMs: 120 });
    expect(await statuses()).toEqual([200, 200]);
    await expect.poll(() => recorded).toHaveLength(8);
    for (const { latencyMs } of recorded.slice(-2)) expect(latencyMs).toBeGreaterThanOrEqual(119);
  });
});
