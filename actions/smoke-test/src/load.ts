import { formatDuration } from '@apex-actions/shared/action/duration';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import type { Check } from '@apex-actions/shared/smoke/check';
import type { CheckResult } from '@apex-actions/shared/smoke/result';
import type { RunOptions } from '@apex-actions/shared/smoke/run-checks';
import { drive } from './load/drive.ts';
import { histogramLines, percentileLines } from './load/histogram-text.ts';
import { type Violation, violations } from './load/limits.ts';
import type { LoadPlan, LoadResult } from './load/plan.ts';
import { progressLine } from './load/progress.ts';
import type { Load } from './load-input.ts';
import { scenarioOf, userFactory } from './session.ts';

export type LoadOutcome = {
  shape: LoadPlan['shape'];
  result: LoadResult;
  violations: readonly Violation[];
};

/** How often it is asked whether a token is still good, during a load. */
const TOKEN_INTERVAL_MS = 20_000;

/** `10 users`, `50 requests a second` */
export function describeShape(shape: LoadPlan['shape']): string {
  return shape.kind === 'users' ? `${shape.users} users` : `${shape.perSecond} requests a second`;
}

/** Puts the service under load with the checks. Throws `ActionError` where it cannot begin or is cancelled. */
export async function runLoad(
  load: Load,
  checks: readonly Check[],
  results: readonly CheckResult[],
  options: RunOptions,
  log: Log,
): Promise<LoadOutcome> {
  const { target, signal } = options;
  const skipped = new Set(results.filter(({ status }) => status === 'skipped').map(({ name }) => name));
  const scenario = scenarioOf(checks, skipped);
  const quiet = { ...options, onWait: () => {}, onResult: () => {} };
  let token = await target.idToken.token();
  const renewal = setInterval(async () => {
    token = await target.idToken.token();
  }, TOKEN_INTERVAL_MS);
  try {
    return await log.group(
      `Load: ${describeShape(load.shape)} for ${formatDuration(load.durationMs)}`,
      async () => {
        const plan = {
          origin: new URL(target.url.origin),
          shape: load.shape,
          durationMs: load.durationMs,
          requestTimeoutMs: options.requestTimeoutMs,
          user: userFactory(scenario, quiet, () => token),
        };
        const onProgress = (progress: Parameters<typeof progressLine>[0]) => log.info(progressLine(progress));
        const result = await drive(plan, { signal, onProgress });
        signal.throwIfAborted();
        for (const line of [...percentileLines(result), '', ...histogramLines(result.histogram)])
          log.info(line);
        for (const { reason, count } of result.total.reasons) log.info(`${count} × ${reason}`);
        return { shape: load.shape, result, violations: violations(load.limits, result) };
      },
    );
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ActionError({
      what: `The load could not begin: ${options.masks.mask(describeError(error))}`,
      state: 'All checks had passed before',
      next: 'Look at the check that begins a user, and whether the service lets so many of them in',
      cause: error,
    });
  } finally {
    clearInterval(renewal);
  }
}
