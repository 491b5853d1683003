import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import { redact } from '@apex-actions/shared/action/redact';
import { isPermissionDenied } from '@apex-actions/shared/cloudrun/errors';
import type { Execution } from '@apex-actions/shared/cloudrun/jobs';
import type { LogLine } from '@apex-actions/shared/cloudrun/logs';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import type { Deps } from './deps.ts';
import { isOver, type Outcome, outcomeOf } from './outcome.ts';

export type Followed = {
  execution: Execution;
  outcome: Outcome;
  lines: readonly string[];
  /** Whether the lines are seen up to the last one. */
  complete: boolean;
};

export type Follower = Pick<Deps, 'jobs' | 'logs' | 'clock' | 'log'> & { signal?: AbortSignal };

const LONGEST_POLL_MS = 5000;
/** Then logs are read more seldom: a project has 60 readings a minute, and other migrations at the same time. */
const YOUNG_MS = 30_000;
const OLD_LOG_POLL_MS = 10_000;
/** Cloud Run ends what takes too long; this is for it to notice, and for starting. */
const MARGIN_MS = 15 * 60_000;
const SAY_SO_MS = 30_000;
/** Entries may be seen in another order than they were written, by about so much. */
const DISORDER_MS = 60_000;
/** How long Cloud Logging is given to show the last lines of a process that has ended. */
const LATE_LINES_MS = 15_000;
const LATE_POLL_MS = 1500;
/** What Cloud Run itself says last of a container. */
const LAST_LINE = /^Container called exit\(\d+\)\.|^Container terminated on signal/;
const KEPT_LINES = 2000;

/** Shows the lines of an execution as they appear, each once, with what it says when they cannot be read. */
class Tail {
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #follower: Follower;
  readonly #shown = new Set<string>();
  #fromMs: number;
  #complained = '';
  #barred = false;

  constructor(name: string, fromMs: number, follower: Follower) {
    this.#name = name;
    this.#fromMs = fromMs - DISORDER_MS;
    this.#follower = follower;
  }

  /** Whether there was anything new; `undefined` where that could not be seen. */
  async show(): Promise<boolean | undefined> {
    const entries = await this.#read();
    const fresh = entries?.filter(({ id }) => !this.#shown.has(id));
    for (const { id, atMs, severity, text } of fresh ?? []) {
      this.#shown.add(id);
      this.#fromMs = Math.max(this.#fromMs, atMs - DISORDER_MS);
      const line = redact(text);
      this.lines.push(line);
      if (this.lines.length > KEPT_LINES) this.lines.shift();
      this.#follower.log.info(severity === 'DEFAULT' ? line : `${severity} ${line}`);
    }
    return fresh && fresh.length > 0;
  }

  /** After the end of the process: until its last line is there, which it answers, or time is up. */
  async showLate(): Promise<boolean> {
    const { clock, signal } = this.#follower;
    const untilMs = clock.nowMs() + LATE_LINES_MS;
    for (;;) {
      const fresh = await this.show();
      const complete = fresh === false && this.lines.some((line) => LAST_LINE.test(line));
      if (complete || this.#barred || clock.nowMs() >= untilMs) return complete;
      await clock.sleep(LATE_POLL_MS, signal);
    }
  }

  async #read(): Promise<LogLine[] | undefined> {
    const { logs, log, signal } = this.#follower;
    try {
      return await logs.ofExecution(this.#name, this.#fromMs);
    } catch (error) {
      signal?.throwIfAborted();
      const why = `The log cannot be shown: ${describeError(error)}`;
      this.#barred = isPermissionDenied(error);
      const hint = this.#barred ? '. Grant the deploying account roles/logging.viewer' : '';
      if (why !== this.#complained) log.warning(`${why}${hint}; the migration goes on`);
      this.#complained = why;
      return undefined;
    }
  }
}

const createdMs = ({ createTime }: Execution, clock: Follower['clock']): number =>
  createTime ? Number(createTime.seconds) * 1000 : clock.nowMs();

/** What became of an execution that is over, with its whole log. */
export async function concluded(execution: Execution, follower: Follower): Promise<Followed> {
  const tail = new Tail(execution.name ?? '', createdMs(execution, follower.clock), follower);
  return endOf(execution, tail, follower);
}

async function endOf(execution: Execution, tail: Tail, follower: Follower): Promise<Followed> {
  const complete = await tail.showLate();
  return { execution, outcome: await outcomeWith(execution, follower), lines: tail.lines, complete };
}

/** The task only adds to what the execution says. */
async function outcomeWith(execution: Execution, { jobs, log }: Follower): Promise<Outcome> {
  const tasks = await jobs.tasks(execution.name ?? '').catch((error: unknown) => {
    log.debug(`The task could not be read: ${describeError(error)}`);
    return [];
  });
  return outcomeOf(execution, tasks);
}

/**
 * Follows an execution to its end, with its log as it comes. What cannot be read meanwhile is read again: a migration is
 * not given up because nobody can see it.
 */
export async function follow(name: string, longestMs: number, follower: Follower): Promise<Followed> {
  const { jobs, clock, log, signal } = follower;
  const startedMs = clock.nowMs();
  const tail = new Tail(name, startedMs, follower);
  let saidMs = startedMs;
  let readMs = 0;
  let complained = '';
  for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, LONGEST_POLL_MS)) {
    const execution = await jobs.execution(name).catch((error: unknown) => {
      signal?.throwIfAborted();
      const why = describeError(error);
      if (why !== complained) log.warning(`The execution cannot be seen: ${why}; trying again`);
      complained = why;
      return undefined;
    });
    if (execution && isOver(execution)) return endOf(execution, tail, follower);
    if (clock.nowMs() - startedMs < YOUNG_MS || clock.nowMs() - readMs >= OLD_LOG_POLL_MS) {
      if (await tail.show()) saidMs = clock.nowMs();
      readMs = clock.nowMs();
    }
    if (clock.nowMs() - saidMs >= SAY_SO_MS) {
      saidMs = clock.nowMs();
      log.info(`Running for ${formatDuration(saidMs - startedMs)}`);
    }
    if (clock.nowMs() - startedMs > longestMs + MARGIN_MS) throw endless(name, clock.nowMs() - startedMs);
    await clock.sleep(delayMs, signal);
  }
}

function endless(name: string, afterMs: number): ActionError {
  return new ActionError({
    what: `Execution ${idOf(name)} has not been seen to end after ${formatDuration(afterMs)}`,
    state: 'The post step of this action cancels it, if it still runs',
    next: 'Look at the execution in the Cloud Run console, and at the schema',
  });
}
