import * as core from '@actions/core';
import './memory.ts';
import { cancellation } from './cancellation.ts';
import { ActionError, describeError } from './errors.ts';
import { annotation } from './workflow-commands.ts';

export type Steps = {
  /** The step itself. The signal is aborted when the job is cancelled or times out. */
  main: (signal: AbortSignal) => Promise<void>;
  /** What must be put right when the step has ended in any way. */
  post?: (signal: AbortSignal) => Promise<void>;
};

const POST_STATE = 'isPost';

/** Where to report: the runner names the repository of the action that it runs. */
function issuesLink(): string {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository } = process.env;
  return server && repository ? ` at ${server}/${repository}/issues` : '';
}

function toActionError(error: unknown, signal: AbortSignal): ActionError {
  if (error instanceof ActionError) return error;
  if (signal.aborted && error === signal.reason) {
    return new ActionError({
      what: `Stopped: ${describeError(error)}`,
      state: 'What had been done by then is in the log above',
      next: 'Run the job again when you want it done',
    });
  }
  return new ActionError({
    what: `Unexpected error: ${describeError(error)}`,
    state: 'It is not known in which state this left things; what had been done before is in the log above',
    next: `Run the job again with debug logging; if it fails again, open an issue with that log${issuesLink()}`,
    cause: error,
  });
}

/** An error, its cause, the cause of that, and so on; a chain that bites its tail is followed once. */
function chain(error: unknown): Set<unknown> {
  const links = new Set<unknown>();
  for (let link = error; link !== undefined && !links.has(link); ) {
    links.add(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return links;
}

function report(error: unknown, signal: AbortSignal): void {
  const shown = toActionError(error, signal);
  process.exitCode = core.ExitCode.Failure;
  core.error(annotation(shown.message), shown.place);
  for (const cause of chain(shown)) {
    core.debug(cause instanceof Error ? (cause.stack ?? cause.message) : describeError(cause));
  }
}

/** Ends the process, since open API channels would keep it alive, but not before what it wrote is out. */
async function exit(): Promise<never> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) => new Promise<void>((done) => stream.write('', () => done())),
    ),
  );
  process.exit();
}

/**
 * Runs main or post: one bundle serves both, told apart by a state that main saves before anything else. An error fails
 * the step with one annotation; its causes go to the debug log. Does not return.
 */
export async function run({ main, post }: Steps): Promise<never> {
  const signal = cancellation();
  // A runner that is gone has closed these pipes; what is being put right must not end because nobody listens.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // Node would print the error as it is, and its text may come from outside and begin with `::`.
  process.on('uncaughtException', (error) => {
    report(error, signal);
    void exit();
  });
  try {
    if (core.getState(POST_STATE) === 'true') {
      await post?.(signal);
    } else {
      core.saveState(POST_STATE, 'true');
      await main(signal);
    }
  } catch (error) {
    report(error, signal);
  }
  return exit();
}
