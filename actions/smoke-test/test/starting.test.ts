import { describe, expect, it } from 'vitest';
import { finish, freeAddress, onlyError, run, start, startApp } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';

describe('a service that starts late', () => {
  it('is waited for, with the reason of each wait', async () => {
    const address = freeAddress();
    const running = start({ url: `http://${address.HOST}:${address.PORT}`, checks: CHECKS, timeout: '50s' });
    await running.waitForLine((line) => line.includes('ECONNREFUSED'));
    const unready = [503, 429, 502, 504].map((status) => ({ status }));
    await startApp({ env: address, answers: { [CHECKS]: [...unready, { kind: 'usual' }] } });
    const result = await finish(running);
    expect(result.exitCode, result.log).toBe(0);
    expect(result.log).toMatch(
      /^ {2}not up yet: no answer: connect ECONNREFUSED \S+; next try in 1s, for up to \d+s$/m,
    );
    for (const { status } of unready) {
      expect(result.log).toMatch(
        new RegExp(
          `^ {2}not up yet: status: expected 2xx, got ${status}; next try in 1s, for up to \\d+s$`,
          'm',
        ),
      );
    }
    expect(result.annotations).toEqual([]);
    expect(result.outputs).toMatchObject({ passed: '1', failed: '0' });
  });

  it('is waited for as long as the check is tried again, where that is longer', async () => {
    const answers = { [CHECKS]: [{ status: 503 }, { status: 503 }, { kind: 'usual' as const }] };
    const app = await startApp({ answers });
    const checks = `request: ${CHECKS}\nretry: 50s`;
    const result = await run({ url: app.origin, checks, timeout: '0s' });
    expect(result.exitCode, result.log).toBe(0);
    expect(await app.seen()).toHaveLength(3);
  });

  it('is not waited for where a 503 is what was expected', async () => {
    const app = await startApp({ answers: { [CHECKS]: { status: 503 } } });
    const result = await run({ url: app.origin, checks: `request: ${CHECKS}\nexpect: { status: 503 }` });
    expect(result.exitCode, result.log).toBe(0);
    expect(await app.seen()).toHaveLength(1);
  });
});

describe('a service that does not start', () => {
  it('is given up at the deadline', async () => {
    const app = await startApp({ answers: { [CHECKS]: { status: 503, body: 'no healthy upstream' } } });
    const result = await run({ url: app.origin, checks: `- ${CHECKS}\n- GET /other`, timeout: '3s' });
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(
      `${CHECKS} answered 503, expected 2xx. 0 of 2 checks passed, 1 were left out`,
    );
    const waits = result.log.split('\n').filter((line) => line.startsWith('  not up yet: '));
    expect(waits.length).toBeGreaterThan(0);
    expect(waits.length).toBeLessThan(4);
    expect(await app.seen()).toHaveLength(waits.length + 1);
    expect(result.report.checks[0]?.answer?.excerpt).toBe('no healthy upstream');
  });

  it('that closes every connection is given up with what to look at', async () => {
    const app = await startApp({ answers: { [CHECKS]: { kind: 'raw', body: '' } } });
    const result = await run({ url: app.origin, checks: CHECKS, timeout: '1s' });
    expect(onlyError(result)).toMatch(
      /no answer: other side closed .*\(the connection was closed before the answer: the container may have crashed, see its logs\)/,
    );
  });
});

describe('a service that was up', () => {
  it('and goes away again is not starting', async () => {
    const app = await startApp({ answers: { 'GET /two': { status: 503 } } });
    const result = await run({ url: app.origin, checks: `- ${CHECKS}\n- GET /two` });
    expect(result.exitCode).toBe(1);
    expect(result.log).not.toContain('not up yet');
    expect((await app.seen()).map(({ url }) => url)).toEqual(['/api/v1/health', '/two']);
  });

  it('answers something else than a service that starts, and fails at once', async () => {
    const app = await startApp({ answers: { [CHECKS]: { status: 500 } } });
    const result = await run({ url: app.origin, checks: CHECKS });
    expect(result.exitCode).toBe(1);
    expect(await app.seen()).toHaveLength(1);
  });
});
