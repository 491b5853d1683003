import { ACCURACY } from './latencies.ts';
import { milliseconds, percent, whole } from './numbers-text.ts';
import type { LoadResult } from './plan.ts';

/** Milliseconds, and a share from 0 to 1; what is left out is not limited. */
export type Limits = {
  p50Ms?: number | undefined;
  p95Ms?: number | undefined;
  p99Ms?: number | undefined;
  errorShare?: number | undefined;
};

/** A limit that was not kept, for people: `P95`, `at most 200 ms`, `312 ms`. */
export type Violation = { limit: string; expected: string; got: string };

function latencyViolations(limit: string, mostMs: number | undefined, gotMs: number): Violation[] {
  if (mostMs === undefined || gotMs <= mostMs * (1 + ACCURACY)) return [];
  // One figure more than what is measured, so that two texts of two values differ.
  const got = Number.isNaN(gotMs) ? 'no answer' : milliseconds(gotMs, 4);
  return [{ limit, expected: `at most ${milliseconds(mostMs, 4)}`, got }];
}

function errorViolations(most: number | undefined, { total, notBegun, lostShare }: LoadResult): Violation[] {
  const wanted = total.requests + notBegun;
  const failed = total.errors + notBegun;
  if (most === undefined || Math.max(failed / wanted, lostShare) <= most) return [];
  const share = `${percent(failed / wanted)} (${whole(failed)} of ${whole(wanted)})`;
  const lost = lostShare > failed / wanted ? `, and ${percent(lostShare)} of the time without an answer` : '';
  const got = wanted > 0 ? `${share}${lost}` : 'no request';
  return [{ limit: 'errors', expected: `at most ${percent(most)}`, got }];
}

/**
 * Which limits a load did not keep, none when all is well. Judged are the corrected percentiles, within the resolution
 * in which they are measured, and the share of errors, 0 to 1, in which requests that could not begin count as errors; or the
 * share of the users' time without an answer, where that is larger.
 * Where nothing was answered, no limit of latency is kept.
 */
export function violations(limits: Limits, result: LoadResult): Violation[] {
  const { p50, p95, p99 } = result.total.corrected;
  return [
    ...latencyViolations('P50', limits.p50Ms, p50),
    ...latencyViolations('P95', limits.p95Ms, p95),
    ...latencyViolations('P99', limits.p99Ms, p99),
    ...errorViolations(limits.errorShare, result),
  ];
}
