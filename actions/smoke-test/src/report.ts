import { countOf } from '@apex-actions/shared/smoke/result';
import type { LoadResult } from './load/plan.ts';
import type { Outcome } from './main.ts';

/** Percentiles are NaN where nothing was answered, which JSON writes as null. */
function figuresOf({ checks, ...result }: LoadResult) {
  return { ...result, checks: Object.fromEntries(checks) };
}

/** The results as JSON: times in milliseconds, shares from 0 to 1. */
export function reportOf({ url, startedMs, durationMs, results, load, loadError }: Outcome): string {
  const report = {
    url,
    startedAt: new Date(startedMs).toISOString(),
    durationMs,
    passed: countOf(results, 'passed'),
    failed: countOf(results, 'failed'),
    skipped: countOf(results, 'skipped'),
    checks: results,
    ...(load ? { load: { shape: load.shape, violations: load.violations, ...figuresOf(load.result) } } : {}),
    ...(loadError ? { loadError: loadError.message } : {}),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
