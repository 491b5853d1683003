import { setImmediate } from 'node:timers/promises';

/** The one clock. Times are epoch milliseconds. */
export type Clock = {
  nowMs(): number;
  /** Rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
};

/** Resolves when `schedule` calls back; rejects with the signal's reason, and unschedules, when that comes first. */
function abortable(
  schedule: (done: () => void) => { cancel: () => void },
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      scheduled.cancel();
      reject(signal?.reason);
    };
    const scheduled = schedule(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) =>
    abortable((done) => {
      const timer = setTimeout(done, durationMs);
      return { cancel: () => clearTimeout(timer) };
    }, signal),
};

export type ManualClock = Clock & {
  /**
   * Moves the time on. Sleepers wake in order, each at its own time, and what they go on to do (further sleeps within
   * the span included) happens before the time moves past it.
   */
  advance(durationMs: number): Promise<void>;
};

type Sleeper = { wakeMs: number; wake: () => void };

/** A clock for tests: time passes only when it is told to. */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const nextBy = (endMs: number) =>
    [...sleepers].filter(({ wakeMs }) => wakeMs <= endMs).toSorted((a, b) => a.wakeMs - b.wakeMs)[0];
  return {
    nowMs: () => nowMs,
    sleep: (durationMs, signal) =>
      abortable((wake) => {
        const sleeper = { wakeMs: nowMs + durationMs, wake };
        sleepers.add(sleeper);
        return { cancel: () => sleepers.delete(sleeper) };
      }, signal),
    async advance(durationMs) {
      const endMs = nowMs + durationMs;
      await setImmediate();
      for (let sleeper = nextBy(endMs); sleeper; sleeper = nextBy(endMs)) {
        sleepers.delete(sleeper);
        nowMs = Math.max(nowMs, sleeper.wakeMs);
        sleeper.wake();
        await setImmediate();
      }
      nowMs = endMs;
    },
  };
}
