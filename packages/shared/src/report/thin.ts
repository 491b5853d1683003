import type { JournalArm, JournalInterval, JournalPoll } from './journal.ts';

/** So many polls, lines and intervals at most: what a page shows at once, in a file that opens on a phone. */
export const MOST_POLLS = 2000;
export const MOST_INTERVALS = 2000;
export const MOST_LINES = 2000;
/** Of the lines those at the beginning; the others are the newest. */
export const FIRST_LINES = 500;

function says({ phase, percent, verdict, check, holds }: JournalPoll): string {
  return JSON.stringify([phase, percent, verdict, check, holds]);
}

/** Every second poll, beside the last and those that say something else than the one before or after them. */
export function halved(polls: readonly JournalPoll[]): JournalPoll[] {
  const turns = (i: number, by: number) => {
    const [a, b] = [polls[i], polls[i + by]];
    return a !== undefined && b !== undefined && says(a) !== says(b);
  };
  const last = polls.length - 1;
  const kept = polls.filter((_, i) => i % 2 === 0 || i === last || turns(i, -1) || turns(i, 1));
  // Where each says something else, that alone would let them grow without end.
  return kept.length <= (polls.length * 3) / 4 ? kept : polls.filter((_, i) => i % 2 === 0 || i === last);
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function joinedLatencies(a: JournalArm['latencies'], b: JournalArm['latencies']): JournalArm['latencies'] {
  const counts = new Map<number, number>();
  for (const [bucket, count] of [...(a ?? []), ...(b ?? [])]) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return [...counts].toSorted(([x], [y]) => x - y);
}

/** Of a percentile the larger: that of both together lies between the two. */
function joinedArm(a: JournalArm, b: JournalArm): JournalArm {
  const slow = sumOf(a.slow, b.slow);
  const highest = (key: 'p50Ms' | 'p95Ms') => {
    const known = [a[key], b[key]].filter((ms) => ms !== undefined);
    return known.length === 0 ? {} : { [key]: Math.max(...known) };
  };
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    ...(a.probes || b.probes
      ? {
          probes: {
            requests: (a.probes?.requests ?? 0) + (b.probes?.requests ?? 0),
            errors: (a.probes?.errors ?? 0) + (b.probes?.errors ?? 0),
          },
        }
      : {}),
    ...(slow === undefined ? {} : { slow }),
    ...highest('p50Ms'),
    ...highest('p95Ms'),
    ...(a.latencies || b.latencies ? { latencies: joinedLatencies(a.latencies, b.latencies) ?? [] } : {}),
  };
}

/** Neighbours of the same percentage joined, as many in one as it takes for the list to have no more than `most`. */
export function joined(
  intervals: readonly JournalInterval[],
  most: number,
): { intervals: JournalInterval[]; inOne: number } {
  for (let inOne = 1; ; inOne *= 2) {
    const result: JournalInterval[] = [];
    let size = 0;
    for (const next of intervals) {
      const last = result.at(-1);
      if (last && size < inOne && last.percent === next.percent && last.endMs === next.startMs) {
        result[result.length - 1] = {
          ...last,
          endMs: next.endMs,
          canary: joinedArm(last.canary, next.canary),
          stable: joinedArm(last.stable, next.stable),
        };
        size += 1;
      } else {
        result.push(next);
        size = 1;
      }
    }
    if (result.length <= most || inOne > intervals.length) return { intervals: result, inOne };
  }
}
