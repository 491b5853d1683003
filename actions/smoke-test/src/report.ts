import type { LoadResult } from './load/plan.ts';
import type { Outcome } from './main.ts';

/** Percentiles are NaN where nothing was answered, which JSON writes as null. */
function figuresOf({ checks, ...result }: LoadResult) {
  return { ...result, checks: Object.fromEntries(checks) };
}

/** The results as JSON: times in milliseconds, shares from 0 to 1. */
export function reportOf({ url, startedMs, durationMs, results, load, loadError }: Outcome): string {
  const count = (status: string) => results.filter((result) => result.status === status).length;
  const report = {
    url,
    startedAt: new Date(startedMs).toISOString(),
    durationMs,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    checks: results,
    ...(load ? { load: { shape: load.shape, violations: load.violations, ...figuresOf(load.result) } } : {}),
    ...(loadError ? { loadError: loadError.message } : {}),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
