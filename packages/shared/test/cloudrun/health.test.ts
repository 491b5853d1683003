import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createManualClock } from '@apex-actions/shared/action/clock';
import { checkHealth, type HealthDeps, type HealthQuestion } from '@apex-actions/shared/cloudrun/health';
import { parseChecks } from '@apex-actions/shared/smoke/document';
import { Masks } from '@apex-actions/shared/smoke/masks';
import { describe, expect, it, onTestFinished } from 'vitest';

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse, nth: number) => void,
): Promise<string> {
  let nth = 0;
  const server = createServer((request, response) => {
    nth += 1;
    answer(request, response, nth);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Asks with a clock on which every pause is over at once. */
async function ask(url: string, more: Partial<HealthDeps & HealthQuestion> = {}) {
  const clock = createManualClock();
  const attempts: string[] = [];
  const { audience = url, verification = { healthPath: '/health', verify: undefined }, ...deps } = more;
  const checked = checkHealth(
    { url, audience, verification },
    {
      clock: { nowMs: clock.nowMs, sleep: (durationMs) => clock.advance(durationMs) },
      idToken: async () => undefined,
      masks: new Masks(),
      log: { info: (text) => attempts.push(String(text)) },
      signal: new AbortController().signal,
      ...deps,
    },
  );
  return { result: await checked, attempts };
}

function status(response: ServerResponse, code: number, headers: Record<string, string> = {}): void {
  response.writeHead(code, headers).end();
}

describe('the health check', () => {
  it('asks the health path, and takes the first 2xx for an answer', async () => {
    const url = await listen((request, response) => status(response, request.url === '/health' ? 204 : 500));
    expect((await ask(url)).result).toEqual({
      healthy: true,
      detail: 'GET /health answered 204',
      atOnce: true,
    });
  });

  it('waits for a revision that is just starting', async () => {
    const url = await listen((_, response, nth) => status(response, nth < 20 ? 503 : 200));
    const { result, attempts } = await ask(url);
    expect(result).toMatchObject({ healthy: true, atOnce: false });
    expect(attempts).toHaveLength(19);
  });

  it('believes an application that says no five times', async () => {
    const url = await listen((_, response) => status(response, 404));
    const { result, attempts } = await ask(url);
    expect(result).toMatchObject({
      healthy: false,
      detail: expect.stringMatching(/answered 404.*set health-path/),
    });
    expect(attempts).toHaveLength(4);
  });

  it('takes a redirect for an answer and does not follow it', async () => {
    const url = await listen((request, response) => {
      if (request.url === '/health') status(response, 302, { location: '/login' });
      else status(response, 500);
    });
    expect((await ask(url)).result).toEqual({
      healthy: true,
      detail: 'GET /health answered 302',
      atOnce: true,
    });
  });

  it('sends an ID token to a service that wants one, and to no other', async () => {
    const seen: (string | undefined)[] = [];
    const url = await listen((request, response) => {
      seen.push(request.headers.authorization);
      status(response, request.headers.authorization === 'Bearer token-for-shop' ? 200 : 403);
    });
    const { result } = await ask(url, {
      audience: 'shop',
      idToken: async (audience) => `token-for-${audience}`,
    });
    expect(result.healthy).toBe(true);
    expect(seen).toEqual([undefined, 'Bearer token-for-shop']);
  });

  it('says what is missing where no token can be made', async () => {
    const url = await listen((_, response) => status(response, 403));
    expect((await ask(url)).result.detail).toMatch(
      /answered 403 \(the service is private: grant .* roles\/run\.invoker/,
    );
  });

  it('takes its path as it is written, without variables', async () => {
    const url = await listen((request, response) =>
      status(response, decodeURIComponent(request.url ?? '') === `/\${HOME}` ? 200 : 500),
    );
    const { result } = await ask(url, { verification: { healthPath: `/\${HOME}`, verify: undefined } });
    expect(result).toMatchObject({ healthy: true, detail: expect.stringMatching(/answered 200$/) });
  });

  it('is told from a check of the same name', async () => {
    const url = await listen((request, response) => status(response, request.url === '/health' ? 200 : 404));
    const parsed = parseChecks('name: health\nrequest: GET /other', {
      variables: new Set(),
      readFile: () => '',
    });
    const checks = parsed.ok ? parsed.checks : [];
    const verify = { checks, variables: new Map(), secrets: [] };
    const { result } = await ask(url, { verification: { healthPath: '/health', verify } });
    expect(result).toEqual({
      healthy: false,
      detail: 'check "health": GET /other answered 404, expected 2xx',
    });
  });

  it('names the dependencies of a service that says it is not well', async () => {
    const url = await listen((_, response) => {
      response.writeHead(500).end(JSON.stringify({ status: 'down', dependencies: { database: 'down' } }));
    });
    expect((await ask(url)).result.detail).toMatch(/answered 500.*; dependency database: .*got status down/);
  });

  it('gives up when nobody listens, and says so', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { result } = await ask(`http://127.0.0.1:${port}`);
    expect(result).toMatchObject({
      healthy: false,
      detail: expect.stringMatching(/no answer: .*ECONNREFUSED/),
    });
  });

  it('ends at once when the step is cancelled', async () => {
    const url = await listen(() => undefined);
    const reason = new Error('cancelled');
    const controller = new AbortController();
    const asked = ask(url, { signal: controller.signal });
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
