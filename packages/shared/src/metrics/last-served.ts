import type { CountsByRevision, Grid } from './series.ts';

const HOUR_MS = 3_600_000;
const DAYS = 7;

/** When a revision last carried most of the service's requests. */
export type LastServed = { revision: string; atMs: number };

/** The last week by hours, ending now. */
export function lastWeek(nowMs: number): Grid {
  const endMs = Math.floor(nowMs / 1000) * 1000;
  return { startMs: endMs - DAYS * 24 * HOUR_MS, endMs, periodMs: HOUR_MS };
}

/** For each revision the last interval in which it had more than half of all requests. */
export function lastServed(counts: CountsByRevision): LastServed[] {
  const totals = new Map<number, number>();
  for (const slots of counts.values()) {
    for (const [startMs, { requests }] of slots) totals.set(startMs, (totals.get(startMs) ?? 0) + requests);
  }
  return [...counts].flatMap(([revision, slots]) => {
    const led = [...slots].filter(([startMs, { requests }]) => requests * 2 > (totals.get(startMs) ?? 0));
    return led.length === 0
      ? []
      : [{ revision, atMs: Math.max(...led.map(([startMs]) => startMs)) + HOUR_MS }];
  });
}
