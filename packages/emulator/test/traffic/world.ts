import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { RevisionProcess, StartupProbe } from '../../src/dataplane.ts';
import type { AnsweredRequest } from '../../src/monitoring/requests.ts';
import { createDataPlane, type DataPlaneOptions, type ImageMapping } from '../../src/traffic/index.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

export const tcpProbe: StartupProbe = {
  kind: 'tcp',
  path: '',
  initialDelayMs: 0,
  timeoutMs: 30_000,
  periodMs: 30_000,
  failureThreshold: 1,
};

export const appImage: ImageMapping = {
  image: 'eu.example/app',
  command: [process.execPath, 'app.ts'],
  env: { FROM: 'mapping', BASE: 'mapping' },
  directory: '.',
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** A data plane that is closed after the test, and the requests that it has recorded. */
export function dataPlane(options: Partial<DataPlaneOptions> = {}) {
  const recorded: AnsweredRequest[] = [];
  const plane = createDataPlane({
    images: [appImage],
    directory: fixtures,
    recorder: { record: (request) => recorded.push(request) },
    recordLog: () => {},
    ...options,
  });
  open.push(plane);
  return { plane, recorded };
}

export function revision(id: string, change: Partial<RevisionProcess> = {}): RevisionProcess {
  return {
    service: 'api',
    revision: id,
    image: 'eu.example/app:v1',
    env: {},
    command: [],
    args: [],
    startupProbe: tcpProbe,
    ...change,
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // An orphan that nobody has reaped yet has ended all the same.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return error instanceof Error && 'syscall' in error && error.syscall === 'open';
  }
}
