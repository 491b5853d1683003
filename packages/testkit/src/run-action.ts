import { rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { readActionYml } from './action-yml.ts';
import {
  createJobDirectories,
  fileVariables,
  GITHUB_TOKEN,
  inputVariables,
  type JobDirectories,
  jobEnvironment,
  unexpectedInputs,
} from './environment.ts';
import { createCommandFiles } from './files.ts';
import { Masks } from './masks.ts';
import { Step, type StepResult } from './step.ts';
import { type CancelDelays, RUNNER_CANCEL_DELAYS } from './step-process.ts';

export type { JobDirectories, StepResult };

export interface ActionOptions {
  /** The folder with action.yml, e.g. `actions/canary-deploy`, relative to the current directory. */
  readonly directory: string;
  /** What stands under `with:`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Added to the job's environment, or in place of it; the steps start in its `GITHUB_WORKSPACE`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The node binary; default: the one that runs this. */
  readonly node?: string;
  /** Called with each line of the visible log, of main and of post, as it appears. */
  readonly onLine?: (line: string) => void;
  /** Default: the runner's 7.5 s and 2.5 s. */
  readonly cancelDelays?: CancelDelays;
}

export interface RunningAction {
  /** Of main's node process. */
  readonly pid: number;
  /** Kept until `dispose()`, so that a test can look at what the action left behind. */
  readonly directories: JobDirectories;
  readonly hasPost: boolean;
  readonly main: Promise<StepResult>;
  /** SIGINT to main's node process, later SIGTERM, later SIGKILL to its tree. Post still runs after it. */
  cancel(): void;
  /** SIGKILL to everything at once, as when the runner is lost: there is no post after it. */
  kill(): void;
  /** Resolves with the first line that main printed or prints and that fits; rejects when main ends without. */
  waitForLine(predicate: (line: string) => boolean): Promise<string>;
  /** Runs the post entry once main has ended. Rejects where the action has none, and after `kill()`. */
  post(): Promise<StepResult>;
  /**
   * Kills what still runs and removes the folders. Happens by itself when this process exits, but a test worker
   * may be ended without that: tests call it in `onTestFinished`.
   */
  dispose(): Promise<void>;
}

export interface ActionResult {
  readonly main: StepResult;
  readonly post: StepResult | undefined;
}

/** Starts an action's main as the runner does. Throws when action.yml cannot be read or node does not start. */
export function startAction(options: ActionOptions): RunningAction {
  const directory = resolve(options.directory);
  const action = readActionYml(directory);
  const directories = createJobDirectories();
  const job = jobEnvironment(directories, options.env ?? {});
  const masks = new Masks();
  masks.add(GITHUB_TOKEN);

  const start = (name: string, script: string, env: Record<string, string>): Step => {
    const files = createCommandFiles(directories.temp, name);
    return new Step({
      node: options.node ?? process.execPath,
      script: join(directory, script),
      cwd: job.GITHUB_WORKSPACE ?? directories.workspace,
      env: {
        ...compileCache(),
        ...env,
        ...inputVariables(action, options.inputs, job),
        ...fileVariables(files),
      },
      files,
      masks,
      onLine: options.onLine,
      warning: name === 'main' ? unexpectedInputs(action, options.inputs) : undefined,
    });
  };

  const removeFolders = (): void => rmSync(directories.root, { recursive: true, force: true });
  let main: Step;
  try {
    main = start('main', action.runs.main, job);
  } catch (error) {
    removeFolders();
    throw error;
  }
  let running = main;
  let lost = false;

  return {
    pid: main.pid,
    directories,
    hasPost: action.runs.post !== undefined,
    main: main.result,
    cancel: () => main.cancel(options.cancelDelays ?? RUNNER_CANCEL_DELAYS),
    kill: () => {
      lost = true;
      running.kill();
    },
    waitForLine: (predicate) => main.waitForLine(predicate),
    post: async () => {
      const result = await main.result;
      if (action.runs.post === undefined) throw new Error(`${options.directory} has no post step`);
      if (lost) throw new Error('A lost runner runs no post step');
      running = start('post', action.runs.post, environmentAfter(job, result));
      return running.result;
    },
    dispose: async () => {
      running.kill();
      await running.result;
      removeFolders();
    },
  };
}

/** Runs main and, where the action has one, post. */
export async function runAction(options: ActionOptions): Promise<ActionResult> {
  const action = startAction(options);
  try {
    const main = await action.main;
    return { main, post: action.hasPost ? await action.post() : undefined };
  } finally {
    await action.dispose();
  }
}

/** Where Node keeps the compiled code of bundles between their starts, if the tests say so: half of the time of a start. */
function compileCache(): Record<string, string> {
  const directory = process.env.STEP_COMPILE_CACHE;
  return directory ? { NODE_COMPILE_CACHE: directory } : {};
}

/** What main handed on: GITHUB_ENV, GITHUB_PATH (the last folder comes first) and its state. */
function environmentAfter(job: Record<string, string>, main: StepResult): Record<string, string> {
  const state = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value]);
  return {
    ...job,
    ...main.env,
    PATH: [...main.paths.toReversed(), job.PATH].join(delimiter),
    ...Object.fromEntries(state),
  };
}
