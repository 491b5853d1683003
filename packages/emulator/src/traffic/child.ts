import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskEnding } from '../dataplane.ts';
import type { LogTail } from './log-tail.ts';
import type { Watchdog } from './watchdog.ts';

/** How long a process that has ended may hold up its own end for the last of its log. */
const lateLogsMs = 500;

export type ChildOptions = {
  command: string[];
  directory: string;
  env: Record<string, string>;
  logs: LogTail;
  watchdog: Watchdog;
};

/** A process with its descendants. */
export type Child = {
  /** Resolves when the process has ended, or could not be started. */
  ended: Promise<TaskEnding>;
  hasEnded(): boolean;
  /** SIGTERM to all of them, and SIGKILL to what is left after the grace. */
  stop(graceMs: number): Promise<void>;
};

export function startChild({ command, directory, env, logs, watchdog }: ChildOptions): Child {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: a signal reaches what the command itself starts, and a Ctrl-C in the terminal does not.
    detached: true,
  });
  const group = child.pid;
  if (group !== undefined) watchdog.watch(group);
  const logsRead = Promise.all([logs.follow(child.stdout, 'stdout'), logs.follow(child.stderr, 'stderr')]);

  let over = false;
  const ended = endOf(child).then(async (ending) => {
    over = true;
    if (group !== undefined) {
      // As in a container, what the command started ends with it.
      signalGroup(group, 'SIGKILL');
      watchdog.forget(group);
      await Promise.race([logsRead, sleep(lateLogsMs, undefined, { ref: false })]);
    }
    logs.add(describeEnding(ending), 'system');
    return ending;
  });

  return {
    ended,
    hasEnded: () => over,
    async stop(graceMs) {
      if (over || group === undefined) return;
      signalGroup(group, 'SIGTERM');
      const patience = new AbortController();
      const killer = sleep(graceMs, undefined, { signal: patience.signal }).then(
        () => signalGroup(group, 'SIGKILL'),
        () => {},
      );
      await ended;
      patience.abort();
      await killer;
    },
  };
}

function endOf(child: ChildProcess): Promise<TaskEnding> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error: error.message }));
    child.once('exit', (code, signal) => resolve(signal ? { signal } : { code: code ?? 0 }));
  });
}

/** One line for the log. */
function describeEnding(ending: TaskEnding): string {
  if ('error' in ending) return `Application failed to start: ${ending.error}`;
  return 'signal' in ending
    ? `Container terminated on signal ${ending.signal}.`
    : `Container called exit(${ending.code}).`;
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nothing of the group is left.
  }
}
