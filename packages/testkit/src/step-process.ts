import { type ChildProcess, spawn } from 'node:child_process';
import { atExit } from './at-exit.ts';
import { LineSplitter } from './lines.ts';

/** How long the runner waits after a cancel before it sends the next signal. */
export interface CancelDelays {
  readonly sigtermAfterMs: number;
  readonly sigkillAfterMs: number;
}

export const RUNNER_CANCEL_DELAYS: CancelDelays = { sigtermAfterMs: 7_500, sigkillAfterMs: 2_500 };

export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StepProcessOptions {
  readonly node: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly onLine: (line: string) => void;
}

/** A grandchild that keeps the pipes open does not keep the step open; the runner gives up after 5 s as well. */
const OPEN_PIPES_AFTER_EXIT_MS = 5_000;

/** One node process of a step, in a process group of its own so that its whole tree can be killed. */
export class StepProcess {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor({ node, script, cwd, env, onLine }: StepProcessOptions) {
    this.child = spawn(node, [script], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = this.watch(onLine);
    if (this.child.pid === undefined) {
      this.exit.catch(() => undefined);
      throw new Error(`Cannot start ${node} ${script} in ${cwd}`);
    }
    this.pid = this.child.pid;
    this.child.once(
      'exit',
      atExit(() => this.killTree()),
    );
  }

  /** As the runner: the signals go to the node process alone, only the last resort goes to the tree. */
  cancel(delays: CancelDelays): void {
    this.child.kill('SIGINT');
    this.after(delays.sigtermAfterMs, () => {
      this.child.kill('SIGTERM');
      this.after(delays.sigkillAfterMs, () => this.killTree());
    });
  }

  killTree(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }

  private after(ms: number, action: () => void): void {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.timers.push(setTimeout(action, ms));
    }
  }

  private watch(onLine: (line: string) => void): Promise<Exit> {
    const { child } = this;
    for (const stream of [child.stdout, child.stderr]) {
      const splitter = new LineSplitter(onLine);
      stream?.setEncoding('utf8');
      stream?.on('data', (chunk: string) => splitter.push(chunk));
      stream?.once('close', () => splitter.end());
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        for (const timer of this.timers) clearTimeout(timer);
        const closePipes = setTimeout(() => {
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, OPEN_PIPES_AFTER_EXIT_MS);
        child.once('close', () => clearTimeout(closePipes));
      });
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
    });
  }
}
