import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartupProbe } from '../dataplane.ts';

/** How soon a refused connection is tried again within one attempt. */
const refusedRetryMs = 25;

/**
 * Probes a port until an attempt passes or `failureThreshold` of them have failed. An attempt fails by an HTTP status
 * outside of 200 to 399, or by its timeout; a port that refuses is tried again until then, since Cloud Run's default
 * (one TCP attempt of 240 s) waits for a port to open.
 */
export async function passesStartupProbe(
  probe: StartupProbe,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  await pause(probe.initialDelayMs, signal);
  for (let attempt = 1; attempt <= probe.failureThreshold && !signal.aborted; attempt += 1) {
    const started = performance.now();
    if (await passesAttempt(probe, port, signal)) return true;
    if (attempt < probe.failureThreshold) await pause(probe.periodMs - (performance.now() - started), signal);
  }
  return false;
}

async function passesAttempt(probe: StartupProbe, port: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + probe.timeoutMs;
  while (!signal.aborted) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    const outcome = probe.kind === 'tcp' ? await tcp(port, leftMs) : await http(port, probe.path, leftMs);
    if (outcome !== 'refused') return outcome === 'passed';
    await pause(refusedRetryMs, signal);
  }
  return false;
}

type Outcome = 'passed' | 'failed' | 'refused';

function tcp(port: number, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    const end = (outcome: Outcome): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end('passed'));
    socket.once('timeout', () => end('failed'));
    socket.once('error', () => end('refused'));
  });
}

function http(port: number, path: string, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = get({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
    });
    request.once('response', (response) => {
      response.destroy();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? 'passed' : 'failed');
    });
    request.once('error', (error) =>
      resolve('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'failed'),
    );
  });
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => {});
}
