import { formatDuration } from '@apex-actions/shared/action/duration';
import { describeError } from '@apex-actions/shared/action/errors';
import { redact } from '@apex-actions/shared/action/redact';
import type { Execution } from '@apex-actions/shared/cloudrun/jobs';
import type { LogLine } from '@apex-actions/shared/cloudrun/logs';
import type { Deps } from './deps.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

export type Followed = { execution: Execution; outcome: Outcome; lines: readonly string[] };

const LONGEST_POLL_MS = 5000;
/** How long Cloud Logging is given to show the last lines of a process that has ended. */
const LATE_LINES_MS = 15_000;
/** Entries may be seen in another order than they were written, by about so much. */
const LATE_MS = 60_000;
/** What Cloud Run itself says last of a container. */
const LAST_LINE = /^Container called exit\(\d+\)\.|^Container terminated on signal/;
const SAY_SO_MS = 30_000;
const KEPT_LINES = 2000;

type Follower = Pick<Deps, 'jobs' | 'logs' | 'clock' | 'log'> & { signal?: AbortSignal };

/** Shows the lines of an execution as they appear, each once. Logs that cannot be read are said so, once. */
export function createTail(name: string, { logs, clock, log }: Follower) {
  let fromMs = clock.nowMs() - LATE_MS;
  const shown = new Set<string>();
  const lines: string[] = [];
  let complained = false;
  const read = async (): Promise<LogLine[]> => {
    try {
      return await logs.ofExecution(name, fromMs);
    } catch (error) {
      if (!complained) {
        log.warning(
          `The log cannot be shown: ${describeError(error)}. Grant the deploying account roles/logging.viewer; the migration goes on`,
        );
      }
      complained = true;
      return [];
    }
  };
  return {
    lines: lines as readonly string[],
    /** Whether there was anything new. */
    async show(): Promise<boolean> {
      const fresh = (await read()).filter(({ id }) => !shown.has(id));
      for (const { id, atMs, severity, text } of fresh) {
        shown.add(id);
        fromMs = Math.max(fromMs, atMs - LATE_MS);
        const line = redact(text);
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        log.info(isGrave(severity) ? `${severity} ${line}` : line);
      }
      return fresh.length > 0;
    },
    isComplete: () => complained || lines.some((line) => LAST_LINE.test(line)),
  };
}

const isGrave = (severity: string): boolean =>
  ['WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'].includes(severity);

/** Follows an execution to its end, with its log as it comes. */
export async function follow(name: string, deps: Follower): Promise<Followed> {
  const { jobs, clock, log, signal } = deps;
  const startedMs = clock.nowMs();
  const tail = createTail(name, deps);
  let saidMs = startedMs;
  for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, LONGEST_POLL_MS)) {
    const execution = await jobs.execution(name);
    if (await tail.show()) saidMs = clock.nowMs();
    const outcome = execution.completionTime ? outcomeOf(execution, await jobs.tasks(name)) : undefined;
    if (outcome) {
      await showLate(tail, deps);
      return { execution, outcome, lines: tail.lines };
    }
    if (clock.nowMs() - saidMs >= SAY_SO_MS) {
      saidMs = clock.nowMs();
      log.info(`Running for ${formatDuration(saidMs - startedMs)}`);
    }
    await clock.sleep(delayMs, signal);
  }
}

async function showLate(tail: ReturnType<typeof createTail>, { clock, signal }: Follower): Promise<void> {
  const untilMs = clock.nowMs() + LATE_LINES_MS;
  for (;;) {
    const fresh = await tail.show();
    if ((tail.isComplete() && !fresh) || clock.nowMs() >= untilMs) return;
    await clock.sleep(1000, signal);
  }
}
