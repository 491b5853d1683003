import { formatDuration } from '../action/duration.ts';
import type { Failure } from './expect.ts';
import { excerpt } from './plain.ts';

/** How a check ended. Every text is masked. */
export type CheckResult = {
  name: string;
  /** Where it stands in the checks, from 1. */
  line: number;
  /** `GET /api/v1/health`. */
  request: string;
  status: 'passed' | 'failed' | 'skipped';
  attempts: number;
  /** Of the last attempt; 0 where there was none. */
  durationMs: number;
  failures: readonly Failure[];
  answer: { status: number; excerpt: string } | undefined;
  /** Why it was skipped. */
  reason: string | undefined;
};

export function countOf(results: readonly CheckResult[], status: CheckResult['status']): number {
  return results.filter((result) => result.status === status).length;
}

export function describeFailure({ what, expected, got, hint }: Failure): string {
  const compared = expected === undefined ? (got ?? '') : `expected ${expected}, got ${got}`;
  return `${what}: ${compared}${hint ? ` (${hint})` : ''}`;
}

/** An annotation ends at 4096, and says more than this. */
const LONGEST = 3000;

/** `GET /health answered 500, expected 2xx; …`, or `GET /health answered 200`. */
export function describeResult(result: CheckResult): string {
  return excerpt(inFull(result), LONGEST);
}

function inFull({ request, failures, answer }: CheckResult): string {
  const [first, ...others] = failures;
  if (!first) return answer ? `${request} answered ${answer.status}` : request;
  if (first.what !== 'status') return `${request}: ${failures.map(describeFailure).join('; ')}`;
  const status = `${request} answered ${first.got}${first.hint ? ` (${first.hint})` : ''}, expected ${first.expected}`;
  return [status, ...others.map(describeFailure)].join('; ');
}

/** A check that is going to be tried again. Masked. */
export type Wait = {
  check: string;
  /** `starting`: the service itself has not answered yet. */
  kind: 'starting' | 'retry';
  why: string;
  pauseMs: number;
  /** Until when it is tried; `undefined` where tries are counted. */
  leftMs: number | undefined;
};

/** `status: expected 2xx, got 503; next try in 1s, for up to 52s` */
export function describeWait({ why, pauseMs, leftMs }: Wait): string {
  const left = leftMs === undefined ? '' : `, for up to ${formatDuration(leftMs)}`;
  return `${why}; next try in ${formatDuration(pauseMs)}${left}`;
}
