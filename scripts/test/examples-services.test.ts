/** Each service of the three reference systems: good, and in each way in which it can be broken. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExampleService, runToEnd, services, startService } from './support/example-services.ts';
import { root } from './support/examples.ts';

const ask = ({ request: { method, path } }: ExampleService, url: string) =>
  fetch(`${url}${path}`, { method, ...(method === 'POST' && { body: '{}' }) });

const isWell = ({ dependencies }: ExampleService) =>
  Object.values(dependencies).every((state) => state === 'ok' || state === 'running');

describe.each(services)('$folder', (service) => {
  const { folder, program, healthPath, dependencies, request } = service;
  const what = `${request.method} ${request.path.split('?')[0]}`;

  it.concurrent('answers, tells its health, and ends when it is told to', async ({
    expect,
    onTestFinished,
  }) => {
    const started = await startService(service, { VERSION: '1.2.3' }, onTestFinished);
    const health = await fetch(`${started.url}${healthPath}`);
    expect(await health.json()).toMatchObject({
      status: isWell(service) ? 'ok' : 'degraded',
      service: service.service,
      version: '1.2.3',
      dependencies,
    });
    expect(health.status).toBe(isWell(service) ? 200 : 503);
    expect((await fetch(`${started.url}/live`)).status).toBe(200);
    expect((await ask(service, started.url)).status).toBe(request.status);
    started.process.kill('SIGTERM');
    expect(await once(started.process, 'exit')).toEqual([0, null]);
  });

  it.concurrent('with BROKEN=errors answers 500, but tells no harm', async ({ expect, onTestFinished }) => {
    const env = { BROKEN: 'errors', FAIL_SHARE: '1' };
    const { url, line } = await startService(service, env, onTestFinished);
    expect((await ask(service, url)).status).toBe(500);
    await line(`BROKEN=errors: ${what} fails`);
    expect((await fetch(`${url}${healthPath}`)).status).toBe(isWell(service) ? 200 : 503);
  });

  it.concurrent('with BROKEN=slow makes users wait, but not for its health', async ({
    expect,
    onTestFinished,
  }) => {
    const env = { BROKEN: 'slow', SLOW_MS: '600000' };
    const { url, line } = await startService(service, env, onTestFinished);
    let isAnswered = false;
    ask(service, url).then(
      () => {
        isAnswered = true;
      },
      () => {}, // the process is killed at the end
    );
    await line(`BROKEN=slow: ${what} takes 600000 ms longer`);
    expect((await fetch(`${url}${healthPath}`)).status).toBe(isWell(service) ? 200 : 503);
    expect(isAnswered).toBe(false);
  });

  it.concurrent('with BROKEN=health says that it is ill, and why', async ({ expect, onTestFinished }) => {
    const { url, line } = await startService(service, { BROKEN: 'health' }, onTestFinished);
    const health = await fetch(`${url}${healthPath}`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'degraded', reason: 'BROKEN=health' });
    await line('BROKEN=health: the health path answers 503');
    expect((await ask(service, url)).status).toBe(request.status);
  });

  it.concurrent('with BROKEN=start does not start', async ({ expect }) => {
    const { code, output } = await runToEnd(folder, [program], { PORT: '0', BROKEN: 'start' });
    expect({ code, output }).toEqual({ code: 1, output: 'BROKEN=start: this release does not start\n' });
  });
});

it('does not start with a value of BROKEN that is not known', async () => {
  const { code, output } = await runToEnd('apex-memory/api', ['server.mjs'], {
    PORT: '0',
    BROKEN: 'nonsense',
  });
  expect(code).toBe(1);
  expect(output).toBe(
    'BROKEN=nonsense is not known; there are errors, slow, health, start, login, ingest, query\n',
  );
});

it('fails as many requests as it is asked to', async () => {
  const agent = { folder: 'platform/agent', program: 'server.mjs' };
  const { url } = await startService(agent, { BROKEN: 'errors', FAIL_SHARE: '0.5' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${url}/tools`)));
  const failed = answers.filter(({ status }) => status === 500).length;
  expect(failed).toBeGreaterThan(10);
  expect(failed).toBeLessThan(90);
});

it.each(['mindmirror/services/celery-worker', 'apex-memory/worker'])(
  '%s counts its tasks, and those that fail',
  async (folder) => {
    const worker = await startService(
      { folder, program: 'server.mjs' },
      { BROKEN: 'errors', FAIL_SHARE: '1' },
    );
    await worker.line('BROKEN=errors: a task fails');
    const health = await fetch(`${worker.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ tasks: { done: 0, failed: expect.any(Number) } });
  },
);

it('says that a database does not answer', async () => {
  const journal = { folder: 'mindmirror/services/journal', program: 'server.mjs' };
  const { url } = await startService(journal, { DATABASE_URL: 'postgres://127.0.0.1:1/journal' });
  const health = await fetch(`${url}/health`);
  expect(health.status).toBe(503);
  expect(await health.json()).toMatchObject({
    status: 'degraded',
    dependencies: { postgres: expect.stringMatching(/^unreachable: .*ECONNREFUSED/) },
  });
});

it.each([
  ['text that is no JSON', '{', 400],
  ['JSON that is no object', 'null', 400],
])('answers %s', async (_what, body, status) => {
  const journal = { folder: 'mindmirror/services/journal', program: 'server.mjs' };
  const { url } = await startService(journal);
  expect((await fetch(`${url}/entries`, { method: 'POST', body })).status).toBe(status);
});

describe('the WebSocket', () => {
  const websocket = { folder: 'platform/websocket', program: 'server.mjs' };

  function connect(url: string) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    const next = async (type: string) => (await once(socket, type))[0] as MessageEvent & CloseEvent;
    return { socket, next };
  }

  it('brings back what it is sent, again and again, and is counted while it lasts', async () => {
    const { url } = await startService(websocket);
    const connections = async () =>
      ((await (await fetch(`${url}/health`)).json()) as { connections: number }).connections;
    const [first, second] = [connect(url), connect(url)];
    await Promise.all([first.next('open'), second.next('open')]);
    expect(await connections()).toBe(2);
    for (const text of ['one', 'two', 'three']) {
      first.socket.send(text);
      expect((await first.next('message')).data).toBe(text);
    }
    second.socket.close();
    await second.next('close');
    first.socket.send('still here');
    expect((await first.next('message')).data).toBe('still here');
    expect(await connections()).toBe(1);
  });

  it('is closed with a reason when the instance ends', async () => {
    const service = await startService(websocket);
    const { next } = connect(service.url);
    await next('open');
    service.process.kill('SIGTERM');
    expect(await next('close')).toMatchObject({ code: 1001, reason: 'the instance ends' });
    expect(await once(service.process, 'exit')).toEqual([0, null]);
  });

  it('with BROKEN=errors is refused', async () => {
    const { url, line } = await startService(websocket, { BROKEN: 'errors', FAIL_SHARE: '1' });
    await connect(url).next('error');
    await line('BROKEN=errors: a connection fails');
  });

  it('with BROKEN=slow brings back nothing for long', async () => {
    const { url, line } = await startService(websocket, { BROKEN: 'slow', SLOW_MS: '600000' });
    const { socket, next } = connect(url);
    await next('open');
    socket.send('hello');
    await line('BROKEN=slow: a message takes 600000 ms longer');
  });
});

it.each(['service.mjs', 'signing-key.mjs'])('%s is the same in each system that has it', (name) => {
  const read = (system: string) => readFileSync(join(root, 'examples', system, 'shared', name), 'utf8');
  for (const system of name === 'service.mjs' ? ['platform', 'apex-memory'] : ['apex-memory']) {
    expect(read(system), system).toBe(read('mindmirror'));
  }
});
