import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { gapMs } from '../../src/load/arrivals.ts';
import { startLoad } from '../../src/load/index.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(listener);
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, connections: () => connections };
}

describe('startLoad', () => {
  it('sends to all paths over kept connections and counts what comes back', async () => {
    const seen: Record<string, number> = {};
    const { url, connections } = await serve((request, response) => {
      seen[request.url ?? ''] = (seen[request.url ?? ''] ?? 0) + 1;
      response.setHeader('x-revision', request.url === '/b' ? 'api-2' : 'api-1');
      response.statusCode = request.url === '/b' ? 500 : 200;
      response.end('body');
    });
    const load = startLoad({
      url,
      ratePerSecond: 500,
      paths: ['/a', '/b'],
      concurrencyLimit: 10,
      random: () => 0.5,
    });
    await expect.poll(() => load.stats().sent).toBeGreaterThanOrEqual(40);
    const stats = await load.stop();
    expect(stats.byStatus).toEqual({ 200: seen['/a'], 500: seen['/b'] });
    expect(stats.byRevision).toEqual({ 'api-1': seen['/a'], 'api-2': seen['/b'] });
    expect((seen['/a'] ?? 0) + (seen['/b'] ?? 0)).toBe(stats.sent);
    expect(connections()).toBeLessThanOrEqual(10);
  });

  it('goes on at its rate while answers are late, up to the limit, and waits for them at the end', async () => {
    const { url } = await serve((_request, response) => {
      setTimeout(() => response.end(), 500);
    });
    const load = startLoad({ url, ratePerSecond: 200, concurrencyLimit: 5 });
    await expect.poll(() => load.stats().skipped).toBeGreaterThan(0);
    const stats = await load.stop();
    expect(stats.byStatus).toEqual({ 200: stats.sent });
  });

  it('counts requests without an answer, or with half of one, as errors', async () => {
    const broken = await serve((_request, response) => {
      response.write('half');
      setTimeout(() => response.destroy(), 5);
    });
    for (const url of [broken.url, 'http://127.0.0.1:1']) {
      const load = startLoad({ url, ratePerSecond: 200 });
      await expect.poll(() => load.stats().sent).toBeGreaterThan(3);
      const stats = await load.stop();
      expect(stats.byStatus).toEqual({ error: stats.sent });
    }
  });

  it('pauses at rate 0 and goes on at another', async () => {
    const { url } = await serve((_request, response) => response.end());
    const load = startLoad({ url, ratePerSecond: 0 });
    load.setRate(300);
    await expect.poll(() => load.stats().sent).toBeGreaterThan(3);
    load.setRate(0);
    const { sent } = load.stats();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await load.stop()).sent).toBe(sent);
  });
});

describe('gapMs', () => {
  it('is 1/rate on average over evenly spread draws, and never negative', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 1000, noNaN: true }), (rate) => {
        const draws = 20_000;
        let sum = 0;
        for (let draw = 0; draw < draws; draw += 1) {
          const gap = gapMs(rate, (draw + 0.5) / draws);
          expect(gap >= 0).toBe(true);
          sum += gap;
        }
        expect(Math.abs((sum / draws) * (rate / 1000) - 1)).toBeLessThan(0.001);
      }),
      { numRuns: 5 },
    );
  });
});

describe('the command', () => {
  const cli = fileURLToPath(new URL('../../src/load/cli.ts', import.meta.url));

  it('sends until it is told to stop, then prints its counts', async () => {
    let answered = 0;
    const { url } = await serve((_request, response) => {
      answered += 1;
      response.end();
    });
    const command = spawn(process.execPath, [cli, '--url', url, '--rate', '100'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    command.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await expect.poll(() => answered).toBeGreaterThan(5);
    command.kill('SIGTERM');
    const [code] = await once(command, 'close');
    expect(code).toBe(0);
    const stats = JSON.parse(output);
    expect(stats.byStatus).toEqual({ 200: stats.sent });
  });

  it('says how it is used when it is used otherwise', async () => {
    const command = spawn(process.execPath, [cli, '--url', 'nowhere'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    command.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const [code] = await once(command, 'close');
    expect(code).toBe(2);
    expect(output).toContain('Usage');
  });
});
