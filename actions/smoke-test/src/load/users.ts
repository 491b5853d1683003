import type { Connection } from './connection.ts';
import type { User } from './plan.ts';
import type { Tally } from './tally.ts';

/** A user at work. */
export type Seat = { user: User; connection: Connection };

/** So that a service that refuses connections is not asked in a hot loop. */
export const PAUSE_MS = 100;

/** What users are at. */
export type Work = {
  /** Resolves after the last answer; rejects where a user throws. */
  done: Promise<unknown>;
  /** Ends it, and says how many requests were due and had not begun. */
  stop(): number;
};

/**
 * Each user sends one request after the other until `endMs`. What is under way then is waited for and counted: it is the
 * slow ones that are, and without them the figures would flatter.
 */
export function keepBusy(seats: readonly Seat[], endMs: number, tally: Tally): Work {
  const work = ({ user, connection }: Seat) =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        if (performance.now() >= endMs) return resolve();
        try {
          const begunMs = performance.now();
          connection.send(user.next(), (outcome) => {
            tally.record(outcome, begunMs);
            const pauseMs = outcome.answer === 'none' ? PAUSE_MS : 0;
            tally.spent(outcome.endedMs + pauseMs - begunMs, outcome.answer);
            if (pauseMs > 0) setTimeout(next, pauseMs);
            else next();
          });
        } catch (error) {
          reject(error);
        }
      };
      next();
    });
  return { done: Promise.all(seats.map(work)), stop: () => 0 };
}
