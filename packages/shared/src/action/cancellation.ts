/**
 * Aborted by the first SIGINT or SIGTERM, with a reason that names the signal. On a cancel or a time-out the runner
 * sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that; the handlers stay, so that the second signal does not
 * end the process while it is putting things right.
 */
export function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => controller.abort(new Error(`the step was cancelled (${name})`)));
  }
  return controller.signal;
}
