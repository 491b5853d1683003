/** The services of the three reference systems, and their processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { root } from './examples.ts';

export type ExampleService = {
  /** Its name on Cloud Run, and in its health body. */
  service: string;
  /** Below `examples/`. */
  folder: string;
  program: string;
  healthPath: string;
  /** What its health body says of what it depends on, with nothing else running. */
  dependencies: Record<string, string>;
  /** Something that a user asks for, and the status of the answer. */
  request: { method: 'GET' | 'POST'; path: string; status: number };
};

const defaults = { program: 'server.mjs', healthPath: '/health', dependencies: {} };
const get = (path: string, status = 200) => ({ method: 'GET', path, status }) as const;
const post = (path: string, status: number) => ({ method: 'POST', path, status }) as const;
const noDatabase = { postgres: 'DATABASE_URL is not set' };

const mindmirror = (service: string, request: ExampleService['request'], dependencies = {}) => ({
  ...defaults,
  service,
  folder: `mindmirror/services/${service}`,
  dependencies,
  request,
});

const platform = (service: string, request: ExampleService['request'], dependencies = {}) => ({
  ...defaults,
  service,
  folder: `platform/${service}`,
  dependencies,
  request,
});

export const services: readonly ExampleService[] = [
  mindmirror('agent', post('/replies', 200)),
  mindmirror('journal', post('/entries', 400), noDatabase),
  mindmirror('habits', post('/habits', 400), noDatabase),
  mindmirror('meals', get('/energy?food=rice')),
  mindmirror('movements', get('/burned?movement=walking')),
  mindmirror('practices', get('/practices/2026-11-21')),
  mindmirror('users', post('/users', 400), noDatabase),
  mindmirror('celery-worker', get('/', 404), { loop: 'running' }),
  mindmirror('gateway', post('/api/sessions', 201)),
  mindmirror('web', get('/')),
  platform('api', get('/quotes/made.up', 404)),
  platform('websocket', get('/ws', 426), { echo: 'ok' }),
  platform('agent', get('/tools')),
  {
    service: 'apex-api',
    folder: 'apex-memory/api',
    program: 'server.mjs',
    healthPath: '/api/v1/health',
    dependencies: { postgres: 'ok', qdrant: 'ok' },
    request: get('/api/v1/query', 401),
  },
  {
    ...defaults,
    service: 'apex-worker',
    folder: 'apex-memory/worker',
    dependencies: { loop: 'running' },
    request: get('/', 404),
  },
  {
    ...defaults,
    service: 'qdrant',
    folder: 'apex-memory/qdrant',
    program: 'stand-in.mjs',
    healthPath: '/readyz',
    request: get('/collections'),
  },
];

export type Started = {
  url: string;
  process: ChildProcess;
  /** The first line, of before or of later, that has this text. */
  line(text: string): Promise<string>;
};

function spawnService(folder: string, program: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [program], {
    cwd: join(root, 'examples', folder),
    env: { PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts a service in its folder; it is killed when `atEnd` says so. */
export async function startService(
  { folder, program }: Pick<ExampleService, 'folder' | 'program'>,
  env: Record<string, string> = {},
  atEnd: (kill: () => void) => void = onTestFinished,
): Promise<Started> {
  const child = spawnService(folder, program, env);
  atEnd(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const told = () => {
    for (const look of waiting) look();
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      told();
    });
  }
  child.once('close', told);
  const line = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((each) => each.includes(text));
        if (found === undefined && child.exitCode === null) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`${folder} ended without a line with "${text}":\n${lines.join('\n')}`));
      };
      waiting.add(look);
      look();
    });
  const port = /listening on (\d+)/.exec(await line('listening on'))?.[1];
  return { url: `http://127.0.0.1:${port}`, process: child, line };
}

/** Runs a program in a folder to its end. */
export async function runToEnd(
  folder: string,
  args: readonly string[],
  env: Record<string, string>,
  command = process.execPath,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, {
    cwd: join(root, 'examples', folder),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}
