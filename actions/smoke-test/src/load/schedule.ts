import { describeError } from '@apex-actions/shared/action/errors';
import type { Tally } from './tally.ts';
import { PAUSE_MS, type Seat, type Work } from './users.ts';

/** The most users, and so connections, at once. */
export const MAX_USERS = 1000;

/**
 * Sends request `i` at `i / perSecond` from now on, whatever becomes of those before, as long as it lasts. Where every user
 * waits for an answer another one begins, up to `MAX_USERS`; from then on requests wait for a user, and latencies count
 * from when they were due, as in wrk2 (https://github.com/giltene/wrk2). At the end, what is under way is waited for and
 * counted, as is what waits for a user who is just beginning; what waits for a free one does not begin any more.
 *
 * Node's timers are late by half a millisecond on average, which counts; to spend that time looking at the clock would keep a
 * core busy, which makes the longest latencies longer.
 *
 * `first` are the users to begin with. The one least long idle goes first, so that no more connections are open than it takes.
 */
export function keepSchedule(
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
  first: readonly Seat[],
  enter: (number: number) => Promise<Seat>,
  tally: Tally,
): Work {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  const all = Math.ceil((durationMs / 1000) * perSecond);
  const dueMs = (request: number) => startMs + (request * 1000) / perSecond;
  const dueNow = () => Math.min(all, Math.floor(((performance.now() - startMs) / 1000) * perSecond) + 1);

  const idle = [...first];
  let users = first.length;
  let numbers = users;
  let beginning = 0;
  /** When somebody last could not begin, until somebody can. */
  let refusedMs: number | undefined;
  let begun = 0;
  let underWay = 0;
  /** How many are to begin, once that is settled. */
  let last: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function send(seat: Seat): void {
    const requestDueMs = dueMs(begun);
    begun += 1;
    underWay += 1;
    seat.connection.send(seat.user.next(), (outcome) => {
      underWay -= 1;
      tally.record(outcome, requestDueMs);
      idle.push(seat);
      serve();
    });
  }

  async function begin(): Promise<void> {
    users += 1;
    beginning += 1;
    try {
      idle.push(await enter(numbers++));
      refusedMs = undefined;
    } catch (error) {
      users -= 1;
      refusedMs = performance.now();
      if (last !== undefined) last = Math.max(begun, last - 1);
      tally.couldNotBegin(describeError(error));
    }
    beginning -= 1;
    serve();
  }

  /** How many should be beginning: one for each request that waits, or one to try it again. */
  function wanted(due: number): number {
    if (last !== undefined) return 0;
    if (refusedMs === undefined) return due - begun;
    return begun < due && performance.now() >= refusedMs + PAUSE_MS ? 1 : 0;
  }

  /** Sends what is due, as far as there are users, and has more of them begin. */
  function serve(): void {
    try {
      const due = last ?? dueNow();
      for (let seat = idle.at(-1); seat && begun < due; seat = idle.at(-1)) {
        idle.pop();
        send(seat);
      }
      while (users < MAX_USERS && beginning < wanted(due)) void begin();
    } catch (error) {
      reject(error);
    }
    if (begun === last && underWay === 0) resolve();
  }

  function tick(): void {
    if (last !== undefined) return;
    serve();
    if (performance.now() >= endMs) {
      last = Math.min(all, begun + beginning);
      serve();
      return;
    }
    const due = dueNow();
    const waitMs = (due < all ? dueMs(due) : endMs) - performance.now();
    timer = setTimeout(tick, Math.max(0, waitMs));
  }

  tick();
  return {
    done,
    stop() {
      last = begun;
      clearTimeout(timer);
      return dueNow() - begun;
    },
  };
}
