import * as core from '@actions/core';
import { ActionError, describeError } from './errors.ts';
import { annotation } from './log.ts';

/** Aborted by the first SIGINT or SIGTERM: the runner sends both when a job is cancelled or times out. */
function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new Error(`the job was cancelled (${name})`)));
  }
  return controller.signal;
}

const POST_STATE = 'isPost';

export type Steps = {
  main: (signal: AbortSignal) => Promise<void>;
  /** What must be put right when the step ends in any way. */
  post?: (signal: AbortSignal) => Promise<void>;
};

function toActionError(error: unknown): ActionError {
  if (error instanceof ActionError) return error;
  return new ActionError({
    what: `Unexpected error: ${describeError(error)}`,
    state: 'What was changed before it is in the log above',
    next: 'Run the job again with debug logging; if it persists, report it with that log',
    cause: error,
  });
}

/**
 * Runs main or post: one bundle serves both, told apart by a state that main saves first. An error fails the step with
 * one annotation; its causes go to the debug log. Ends the process, because open API channels would keep it alive.
 */
export async function run({ main, post }: Steps): Promise<void> {
  const signal = cancellation();
  try {
    if (core.getState(POST_STATE) !== 'true') {
      core.saveState(POST_STATE, 'true');
      await main(signal);
    } else {
      await post?.(signal);
    }
  } catch (error) {
    const shown = toActionError(error);
    core.setFailed(annotation(shown.message));
    for (let cause: unknown = shown; cause instanceof Error; cause = cause.cause)
      core.debug(cause.stack ?? cause.message);
  }
  process.exit();
}
