import { readFileSync } from 'node:fs';
import { type Annotation, CommandProcessor } from './commands.ts';
import { type CommandFiles, readEntries, readPaths } from './files.ts';
import { limitViolations } from './limits.ts';
import type { Masks } from './masks.ts';
import { type CancelDelays, StepProcess } from './step-process.ts';

export interface StepResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the runner would call the step: a command or file that it cannot read fails it despite exit code 0. */
  readonly conclusion: 'success' | 'failure' | 'cancelled';
  /** Every line of stdout and stderr as printed, in the order of arrival. */
  readonly lines: readonly string[];
  /** What a reader of the log sees: commands carried out, secrets masked. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** From GITHUB_ENV, for the steps after this one; so are the `paths` from GITHUB_PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  /** As written, not masked. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** Titles, in the order in which the groups were opened. */
  readonly groups: readonly string[];
  readonly masks: readonly string[];
  /** What GitHub would cut off or refuse, one sentence each. */
  readonly limitViolations: readonly string[];
}

export interface StepOptions {
  readonly node: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly files: CommandFiles;
  readonly masks: Masks;
  readonly onLine: ((line: string) => void) | undefined;
  /** The runner's own warning, shown before the step's first line. */
  readonly warning: string | undefined;
}

interface Waiter {
  readonly predicate: (line: string) => boolean;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** One node process and what the runner makes of its output and files. */
export class Step {
  readonly pid: number;
  readonly result: Promise<StepResult>;
  private readonly process: StepProcess;
  private readonly commands: CommandProcessor;
  private readonly options: StepOptions;
  private readonly lines: string[] = [];
  private readonly log: string[] = [];
  private readonly waiters = new Set<Waiter>();
  private cancelled = false;
  private ended = false;

  constructor(options: StepOptions) {
    this.options = options;
    this.commands = new CommandProcessor(options.masks, options.env.RUNNER_DEBUG === '1', (line) => {
      this.log.push(line);
      options.onLine?.(line);
    });
    this.process = new StepProcess({ ...options, onLine: (line) => this.line(line) });
    this.pid = this.process.pid;
    if (options.warning !== undefined) this.commands.annotate('warning', options.warning);
    this.result = this.finish();
  }

  cancel(delays: CancelDelays): void {
    this.cancelled = true;
    this.process.cancel(delays);
  }

  kill(): void {
    this.process.killTree();
  }

  waitForLine(predicate: (line: string) => boolean): Promise<string> {
    const seen = this.lines.find(predicate);
    if (seen !== undefined) return Promise.resolve(seen);
    if (this.ended) return Promise.reject(this.lineNeverCame());
    return new Promise((resolve, reject) => {
      this.waiters.add({ predicate, resolve, reject });
    });
  }

  private line(line: string): void {
    this.lines.push(line);
    this.commands.line(line);
    for (const waiter of this.waiters) {
      if (!waiter.predicate(line)) continue;
      this.waiters.delete(waiter);
      waiter.resolve(line);
    }
  }

  private async finish(): Promise<StepResult> {
    const { commands, lines, log } = this;
    const { files, masks } = this.options;
    const { exitCode, signal } = await this.process.exit;
    this.ended = true;
    for (const waiter of this.waiters) waiter.reject(this.lineNeverCame());
    const outputs = { ...commands.outputs, ...this.read('output', readEntries, {}) };
    const state = { ...commands.state, ...this.read('state', readEntries, {}) };
    const env = this.read('env', readEntries, {});
    const summary = readFileSync(files.summary, 'utf8');
    const failed = exitCode !== 0 || commands.failed;
    return {
      exitCode,
      signal,
      conclusion: this.cancelled ? 'cancelled' : failed ? 'failure' : 'success',
      lines,
      log: log.join('\n'),
      outputs,
      state,
      env,
      paths: readPaths(files.path),
      summary,
      annotations: commands.annotations,
      groups: commands.groups,
      masks: masks.list(),
      limitViolations: limitViolations(commands.annotations, summary, outputs),
    };
  }

  private read<T>(name: keyof CommandFiles, reader: (file: string) => T, otherwise: T): T {
    try {
      return reader(this.options.files[name]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.commands.fail(`Unable to process file command '${name}' successfully. ${reason}`);
      return otherwise;
    }
  }

  private lineNeverCame(): Error {
    return new Error(
      `The step ended without the line that was waited for. It printed:\n${this.log.join('\n')}`,
    );
  }
}
