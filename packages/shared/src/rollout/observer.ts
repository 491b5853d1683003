import type { Clock } from '../action/clock.ts';
import type { ArmCounts, Evidence } from '../analysis/evidence.ts';
import { noCounts, totalOf } from '../analysis/evidence.ts';
import type { MetricsPort } from '../metrics/monitoring.ts';
import { gridBetween, intervalsOf } from '../metrics/series.ts';

/** How Cloud Monitoring is read: its grid, and how long after an interval's end the interval is complete. */
export type Visibility = { periodMs: number; delayMs: number };

const HOUR_MS = 3_600_000;

/** The canary's percentage from a time on. */
type Shift = { atMs: number; percent: number };

/** Turns metrics into evidence. Intervals that may still be incomplete are never read. */
export class Observer {
  readonly #metrics: MetricsPort;
  readonly #clock: Clock;
  readonly #visibility: Visibility;
  readonly #canary: string;
  readonly #shifts: Shift[] = [];
  #before: ArmCounts | undefined;

  constructor(metrics: MetricsPort, clock: Clock, visibility: Visibility, canary: string) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#visibility = visibility;
    this.#canary = canary;
  }

  /** What stable showed in the last visible hour, remembered for the watch after promotion. */
  async rememberStable(): Promise<ArmCounts> {
    const grid = gridBetween(
      this.#visibleUntilMs() - HOUR_MS,
      this.#visibleUntilMs(),
      this.#visibility.periodMs,
    );
    const counts = await this.#metrics.counts(grid);
    this.#before = totalOf(
      intervalsOf(counts, grid, this.#canary, () => 0),
      'stable',
    );
    return this.#before;
  }

  shifted(percent: number, atMs: number): void {
    this.#shifts.push({ atMs, percent });
  }

  /**
   * The evidence since the canary first had users. `coveredMs` is how much of the current step is complete; intervals
   * that began before the step count for `failing`, but not for the step's own bake.
   */
  async observe(bakeMs: number): Promise<{ evidence: Evidence; coveredMs: number }> {
    const [first, current] = [this.#shifts[0], this.#shifts.at(-1)];
    if (!first || !current) throw new Error('nothing to observe before the first shift');
    const visibleUntilMs = this.#visibleUntilMs();
    const grid = gridBetween(first.atMs, visibleUntilMs, this.#visibility.periodMs);
    const percentAt = (timeMs: number) => this.#shifts.findLast((shift) => shift.atMs < timeMs)?.percent ?? 0;
    const all = intervalsOf(await this.#metrics.counts(grid), grid, this.#canary, percentAt);
    const coveredMs = Math.max(0, visibleUntilMs - current.atMs);
    const step = all.filter(({ startMs }) => startMs >= current.atMs);
    const bakeCovered = coveredMs >= bakeMs;
    const evidence =
      current.percent === 100
        ? { all: step, step, bakeCovered, before: this.#before ?? noCounts }
        : { all, step, bakeCovered };
    return { evidence, coveredMs };
  }

  #visibleUntilMs(): number {
    return gridBetween(0, this.#clock.nowMs() - this.#visibility.delayMs, this.#visibility.periodMs).endMs;
  }
}
