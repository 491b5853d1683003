import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured, Run } from './run.ts';

const installed = (program: string) => spawnSync(program, ['--version']).error === undefined;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** One core for the service and one for who asks it, so that neither is moved about, nor anybody given two. */
export const pinned = installed('taskset') && availableParallelism() > 1;

function onCore(core: number, command: string[]): [string, string[]] {
  const [program = '', ...args] = pinned ? ['taskset', '-c', String(core), ...command] : command;
  return [program, args];
}

async function outputOf(command: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(...onCore(1, command));
  return stdout;
}

export type Contender = { name: string; run(run: Run): Promise<Measured> };

const inNode = (name: string, script: string): Contender => ({
  name,
  run: async (run) => JSON.parse(await outputOf([process.execPath, file(script), JSON.stringify(run)])),
});

export const ours = inNode('drive', 'ours.ts');
export const autocannon = inNode('autocannon', 'autocannon.ts');
/** Knows no rate. `undefined` where it is not installed. */
export const wrk: Contender | undefined = installed('wrk')
  ? {
      name: 'wrk',
      async run({ url, connections, durationSeconds }) {
        const options = ['-t1', `-c${connections}`, `-d${durationSeconds}`, '-s', file('wrk.lua')];
        const output = await outputOf(['wrk', ...options, url]);
        return JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '');
      },
    }
  : undefined;

/** Starts the service. */
export async function startServer(delayMs: number): Promise<{ url: string; stop(): void }> {
  const command = onCore(0, [process.execPath, file('server.ts'), String(delayMs)]);
  const child = spawn(...command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { port } = JSON.parse(line);
  return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() };
}
