import { readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { exec, getExecOutput } from '@actions/exec';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';

type Env = Readonly<Record<string, string | undefined>>;

export type Docker = {
  /** Runs `docker …`, with its output in the log as it comes. Answers the output's lines, too. */
  run(args: readonly string[], secrets?: Env): Promise<{ exitCode: number; lines: string[] }>;
  /** The driver of the builder that is in use, such as `docker-container`; `undefined` where it cannot be told. */
  driver(): Promise<string | undefined>;
};

/** What docker needs of our environment: all but our inputs, which may hold secrets. */
function environment(env: Env): Record<string, string> {
  const entries = Object.entries(env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('INPUT_'),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

/** On a cancel the runner tells this process alone. @actions/exec keeps the children's ids to itself; Linux has them. */
function interruptChildren(): void {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
    for (const pid of children.split(' ').filter(Boolean)) process.kill(Number(pid), 'SIGINT');
  } catch {
    // Elsewhere, or already gone: the runner ends what is left ten seconds after the cancel.
  }
}

/** Whole lines of a stream. The lines of @actions/exec lack the last one, and split characters. */
class Lines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(data: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(data)).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }

  end(): void {
    const last = this.#rest + this.#decoder.end();
    if (last !== '') this.#onLine(last);
  }
}

export function createDocker({ env, log, signal }: { env: Env; log: Log; signal: AbortSignal }): Docker {
  const options = { silent: true, ignoreReturnCode: true };

  async function started<T>(work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    signal.addEventListener('abort', interruptChildren, { once: true });
    try {
      const result = await work();
      signal.throwIfAborted();
      return result;
    } catch (cause) {
      signal.throwIfAborted();
      throw new ActionError({
        what: `docker could not be run: ${describeError(cause)}`,
        state: 'Nothing was built or pushed',
        next: 'Run this step where docker and its plugin buildx are installed, as on `ubuntu-latest`',
        cause,
      });
    } finally {
      signal.removeEventListener('abort', interruptChildren);
    }
  }

  return {
    async run(args, secrets = {}) {
      const lines: string[] = [];
      const onLine = (line: string) => {
        lines.push(line);
        log.info(line);
      };
      const [out, err] = [new Lines(onLine), new Lines(onLine)];
      const exitCode = await started(() =>
        exec('docker', [...args], {
          ...options,
          env: environment({ ...env, ...secrets }),
          listeners: { stdout: (data) => out.add(data), stderr: (data) => err.add(data) },
        }),
      );
      out.end();
      err.end();
      return { exitCode, lines };
    },
    async driver() {
      const { exitCode, stdout } = await started(() =>
        getExecOutput('docker', ['buildx', 'inspect'], { ...options, env: environment(env) }),
      );
      return exitCode === 0 ? /^Driver:\s*(\S+)/m.exec(stdout)?.[1] : undefined;
    },
  };
}
