import type { Outcome } from './connection.ts';
import { corrected, Latencies } from './latencies.ts';
import type { Figures, LoadPlan, LoadResult } from './plan.ts';
import type { Progress } from './progress.ts';
import { Reasons } from './reasons.ts';

class Count {
  requests = 0;
  errors = 0;
  readonly reasons = new Reasons();
  /** From when it was sent. */
  readonly measured = new Latencies();
  /** From when it should have been sent, and so what somebody waited who kept to the schedule. */
  readonly waited = new Latencies();

  fail(reason: string): void {
    this.requests += 1;
    this.errors += 1;
    this.reasons.record(reason);
  }

  record({ sentMs, endedMs, answer, failure }: Outcome, dueMs: number): void {
    if (failure === undefined) this.requests += 1;
    else this.fail(failure);
    if (answer === 'none') return;
    this.measured.record(endedMs - sentMs);
    this.waited.record(endedMs - dueMs);
  }

  figures(latencies: Latencies): Figures {
    const { requests, errors } = this;
    return {
      requests,
      errors,
      reasons: this.reasons.list(),
      corrected: latencies.percentiles(),
      measured: this.measured.percentiles(),
    };
  }
}

function sum(counts: Iterable<Count>): Count {
  const total = new Count();
  for (const count of counts) {
    total.requests += count.requests;
    total.errors += count.errors;
    total.reasons.add(count.reasons);
    total.measured.add(count.measured);
    total.waited.add(count.waited);
  }
  return total;
}

/** Their steps look alike on a logarithmic scale. */
const STEPS = [1, 1.5, 2, 3, 5, 7];
const BOUNDS_MS = Array.from({ length: 12 }, (_, power) =>
  STEPS.map((step) => Number((step * 10 ** (power - 3)).toPrecision(2))),
).flat();

function histogramOf(latencies: Latencies): LoadResult['histogram'] {
  const ranges = BOUNDS_MS.map((toMs, i) => ({ fromMs: BOUNDS_MS[i - 1] ?? 0, toMs, count: 0 }));
  for (const { ms, count } of latencies.entries()) {
    const range = ranges.find(({ toMs }) => ms <= toMs);
    if (range) range.count += count;
  }
  const occurs = ({ count }: { count: number }) => count > 0;
  return ranges.slice(Math.max(0, ranges.findIndex(occurs)), ranges.findLastIndex(occurs) + 1);
}

/** Where a user could not begin, it is counted as a check of this name. */
const BEGINNING = 'beginning of a user';

/** Counts what came of the requests. */
export class Tally {
  readonly #kind: LoadPlan['shape']['kind'];
  readonly #checks = new Map<string, Count>();
  #bytes = 0;
  #spentMs = 0;
  #lostMs = 0;

  constructor(kind: LoadPlan['shape']['kind']) {
    this.#kind = kind;
  }

  /** `dueMs` is when the request should have been sent. */
  record(outcome: Outcome, dueMs: number): void {
    this.#check(outcome.name).record(outcome, dueMs);
    this.#bytes += outcome.bytes;
  }

  /** How long a user was at a request, until the next one. */
  spent(ms: number, answer: Outcome['answer']): void {
    this.#spentMs += ms;
    if (answer !== 'complete') this.#lostMs += ms;
  }

  couldNotBegin(reason: string): void {
    this.#check(BEGINNING).fail(reason);
  }

  progress(): Pick<Progress, 'requests' | 'errors' | 'p95Ms'> {
    const { requests, errors, waited } = sum(this.#checks.values());
    return { requests, errors, p95Ms: waited.percentile(95) };
  }

  result(elapsedMs: number): Omit<LoadResult, 'notBegun' | 'stopped'> {
    const total = sum(this.#checks.values());
    const everything = new Latencies();
    const checks = new Map<string, Figures>();
    for (const [name, count] of this.#checks) {
      const latencies = this.#corrected(count);
      everything.add(latencies);
      checks.set(name, count.figures(latencies));
    }
    return {
      total: total.figures(everything),
      checks,
      durationMs: elapsedMs,
      requestsPerSecond: elapsedMs > 0 ? (total.requests * 1000) / elapsedMs : 0,
      bytes: this.#bytes,
      lostShare: this.#spentMs > 0 ? this.#lostMs / this.#spentMs : 0,
      histogram: histogramOf(everything),
    };
  }

  /** Who keeps to a schedule need not guess what was left out; who waits for each answer must. */
  #corrected({ measured, waited }: Count): Latencies {
    return this.#kind === 'rate' ? waited : corrected(waited, measured.percentile(50));
  }

  #check(name: string): Count {
    let count = this.#checks.get(name);
    if (!count) {
      count = new Count();
      this.#checks.set(name, count);
    }
    return count;
  }
}
