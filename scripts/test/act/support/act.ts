import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** An event as GitHub hands it to a workflow. */
export type Event = { name: 'push' | 'workflow_dispatch'; workflow: string; payload: string };

export type Run = {
  exitCode: number | null;
  /** Each job that ran, by its path (`Caller/Workflow/Job`), with how it ended; several for a matrix. */
  jobs: [name: string, result: string][];
  /** How each step ended, in the order in which they did. */
  steps: { job: string; stage: string; step: string; result: string }[];
  /** All that the steps printed. */
  log: string;
};

export type Running = {
  ended: Promise<Run>;
  /** Resolves when a step prints a line that matches; rejects when the run ends without. */
  printed(pattern: RegExp): Promise<void>;
  /** Cancels the run: the step that runs is killed, the later ones and the post steps see it as cancelled. */
  cancel(): void;
};

export type Options = {
  act: string;
  directory: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  onLine?: (line: string) => void;
};

type Line = {
  msg?: string;
  job?: string;
  stage?: string;
  step?: string;
  stepResult?: string;
  jobResult?: string;
};

/** Runs a workflow with act, jobs as processes of this machine. */
export function runWorkflow(event: Event, { act, directory, args, env, onLine }: Options): Running {
  const child = spawn(
    act,
    [event.name, '--workflows', event.workflow, '--eventpath', event.payload, '--json', ...args],
    { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const run: Run = { exitCode: null, jobs: [], steps: [], log: '' };
  const awaited = new Set<{ pattern: RegExp; resolve: () => void; reject: (error: Error) => void }>();
  const take = (text: string) => {
    const { msg = '', job = '', stage = '', step = '', stepResult, jobResult } = parse(text);
    run.log += `[${job}] ${msg.trimEnd()}\n`;
    if (jobResult) run.jobs.push([job, jobResult]);
    else if (stepResult) run.steps.push({ job, stage, step, result: stepResult });
    for (const line of msg.split('\n')) onLine?.(line);
    for (const waiting of awaited) {
      if (!waiting.pattern.test(msg)) continue;
      awaited.delete(waiting);
      waiting.resolve();
    }
  };
  createInterface({ input: child.stdout }).on('line', take);
  createInterface({ input: child.stderr }).on('line', take);
  const ended = once(child, 'close').then(([exitCode]) => {
    run.exitCode = exitCode;
    for (const { pattern, reject } of awaited) {
      reject(new Error(`The run ended without printing ${pattern}:\n${run.log}`));
    }
    return run;
  });
  return {
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        awaited.add({ pattern, resolve, reject });
      }),
    cancel: () => void child.kill('SIGINT'),
  };
}

/** What is no JSON is act's own complaint. */
function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
