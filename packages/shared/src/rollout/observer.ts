import type { Clock } from '../action/clock.ts';
import {
  type ArmCounts,
  type Evidence,
  type Interval,
  noCounts,
  totalOf,
  type Usual,
} from '../analysis/evidence.ts';
import type { GaugeReadings } from '../analysis/gauge.ts';
import type { Prober } from '../cloudrun/prober.ts';
import type { Gauge } from '../metrics/gauge.ts';
import type { MetricsPort } from '../metrics/monitoring.ts';
import { type Grid, gridBetween, intervalsOf } from '../metrics/series.ts';

/** How Cloud Monitoring is read: its grid, and how long after an interval's end the interval is complete. */
export type Visibility = { periodMs: number; delayMs: number };

const HOUR_MS = 3_600_000;

/** The canary's percentage from a time on. */
type Shift = { atMs: number; percent: number };

/** What is observed beside the requests that Cloud Monitoring counts. */
export type Extras = { gauges: readonly Gauge[]; prober: Prober | undefined };

/**
 * Cloud Monitoring counts our probes like anybody's requests; what we sent ourselves is taken out of them again and kept
 * apart. (Counted to the minute by two clocks, so an interval may be off by a probe or two.)
 */
function withProbes(prober: Prober) {
  const apart = (arm: 'canary' | 'stable', { startMs, endMs, ...interval }: Interval): ArmCounts => {
    const probes = prober.counts(arm, startMs, endMs);
    const requests = Math.max(0, interval[arm].requests - probes.requests);
    const errors = Math.min(requests, Math.max(0, interval[arm].errors - probes.errors));
    return { requests, errors, latencies: interval[arm].latencies, probes };
  };
  return (interval: Interval): Interval => ({
    ...interval,
    canary: apart('canary', interval),
    stable: apart('stable', interval),
  });
}

/** Turns metrics into evidence. Intervals that may still be incomplete are never read. */
export class Observer {
  readonly #metrics: MetricsPort;
  readonly #clock: Clock;
  readonly #visibility: Visibility;
  readonly #canary: string;
  readonly #extras: Extras;
  readonly #shifts: Shift[] = [];
  #ignoredUntilMs = 0;
  #before: Usual | undefined;

  constructor(metrics: MetricsPort, clock: Clock, visibility: Visibility, canary: string, extras: Extras) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#visibility = visibility;
    this.#canary = canary;
    this.#extras = extras;
  }

  /**
   * What stable showed in the last visible hour, remembered for outages and for the watch after promotion, without the revisions
   * that users had to flee. Reads the gauges too, so that one that cannot be read is known before anything is changed.
   */
  async rememberStable(fled: ReadonlySet<string>): Promise<Usual> {
    const grid = gridBetween(
      this.#visibleUntilMs() - HOUR_MS,
      this.#visibleUntilMs(),
      this.#visibility.periodMs,
    );
    await this.#readGauges(grid);
    const counts = [...(await this.#metrics.counts(grid))].filter(([revision]) => !fled.has(revision));
    const intervals = intervalsOf(new Map(counts), grid, this.#canary, () => 0);
    const first = intervals.find(({ stable }) => stable.requests > 0);
    const spanMs = grid.endMs - (first?.startMs ?? grid.startMs);
    this.#before = { counts: totalOf(intervals, 'stable'), spanMs };
    return this.#before;
  }

  /**
   * The intervals until then, that one included, are no evidence: the canary gave bad answers to our own checks, which Cloud
   * Monitoring counts like those to users.
   */
  ignoreUntil(timeMs: number): void {
    this.#ignoredUntilMs = timeMs;
  }

  shifted(percent: number, atMs: number): void {
    this.#shifts.push({ atMs, percent });
  }

  /**
   * When the first `spanMs` of the current step, or without it the first interval that lies wholly inside, will be
   * complete: epoch ms.
   */
  due(spanMs: number = this.#visibility.periodMs): number {
    const { periodMs, delayMs } = this.#visibility;
    return Math.ceil(((this.#shifts.at(-1)?.atMs ?? 0) + spanMs) / periodMs) * periodMs + delayMs;
  }

  /**
   * The evidence since the canary first had users. `coveredMs` is how much of the current step is complete; intervals
   * that began before the step count for `failing`, but not for the step's own bake.
   */
  async observe(bakeMs: number): Promise<{ evidence: Evidence; coveredMs: number }> {
    const [first, current] = [this.#shifts[0], this.#shifts.at(-1)];
    if (!first || !current) throw new Error('nothing to observe before the first shift');
    const visibleUntilMs = this.#visibleUntilMs();
    const { periodMs } = this.#visibility;
    const fromMs = Math.max(first.atMs, Math.ceil(this.#ignoredUntilMs / periodMs) * periodMs);
    const grid = gridBetween(fromMs, visibleUntilMs, periodMs);
    const percentAt = (timeMs: number) => this.#shifts.findLast((shift) => shift.atMs < timeMs)?.percent ?? 0;
    const [counts, gauges] = await Promise.all([this.#metrics.counts(grid), this.#readGauges(grid)]);
    const { prober } = this.#extras;
    const intervals = intervalsOf(counts, grid, this.#canary, percentAt);
    const all = prober ? intervals.map(withProbes(prober)) : intervals;
    const coveredMs = Math.max(0, visibleUntilMs - current.atMs);
    const inStep = ({ startMs }: Interval) => startMs >= current.atMs;
    const step = all.filter(inStep);
    // What was counted before our own were taken out again.
    const counted = intervals
      .filter(inStep)
      .some(({ canary, stable }) => canary.requests + stable.requests > 0);
    const usual = this.#before ?? { counts: noCounts, spanMs: HOUR_MS };
    const common = {
      step,
      bakeCovered: coveredMs >= bakeMs,
      gauges,
      usual,
      showsProbes: prober !== undefined && counted,
    };
    const promoted = current.percent === 100;
    return {
      evidence: promoted ? { ...common, all: step, before: usual.counts } : { ...common, all },
      coveredMs,
    };
  }

  #readGauges(grid: Grid): Promise<GaugeReadings[]> {
    return Promise.all(
      this.#extras.gauges.map(async (check) => ({
        check,
        values: await this.#metrics.gauge(check, this.#canary, grid),
      })),
    );
  }

  #visibleUntilMs(): number {
    return gridBetween(0, this.#clock.nowMs() - this.#visibility.delayMs, this.#visibility.periodMs).endMs;
  }
}
