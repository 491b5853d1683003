/** A half-open time interval `(start, end]`, as Cloud Monitoring reads them (`TimeInterval` in common.proto). */
export type Interval = { startMs: number; endMs: number };

/** The sampling interval that a moment falls into; the grid starts at the epoch. */
export function sampleInterval(timeMs: number, samplePeriodMs: number): Interval {
  const endMs = Math.ceil(timeMs / samplePeriodMs) * samplePeriodMs;
  return { startMs: endMs - samplePeriodMs, endMs };
}

/**
 * The alignment periods of a query, oldest first. They end at the interval's end and step back by the period, so the
 * oldest may begin before the interval does.
 */
export function alignmentPeriods(interval: Interval, periodMs: number): Interval[] {
  const count = Math.max(0, Math.ceil((interval.endMs - interval.startMs) / periodMs));
  return Array.from({ length: count }, (_, index) => {
    const endMs = interval.endMs - (count - 1 - index) * periodMs;
    return { startMs: endMs - periodMs, endMs };
  });
}
