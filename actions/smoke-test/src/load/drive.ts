import { type Connection, connect } from './connection.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import type { Progress } from './progress.ts';
import { keepSchedule } from './schedule.ts';
import { Tally } from './tally.ts';
import { keepBusy, type Seat, type Work } from './users.ts';

const PROGRESS_MS = 5000;

/**
 * Puts a service under load, as the plan says, and counts what came of it.
 *
 * With users, all of them begin before the first request; with a rate, the first. Requests that are under way when the
 * time is over are waited for, up to their own time-out. When the signal is aborted they are not, and the figures are
 * those up to then. Every five seconds it says how far it has come.
 *
 * A request that goes wrong is counted with its reason and never thrown; so is a user who cannot begin, later on. Rejects
 * where those of before the first request cannot, and where `next` of a user throws.
 */
export async function drive(
  plan: LoadPlan,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<LoadResult> {
  const { shape, durationMs } = plan;
  const tally = new Tally(shape.kind);
  const connections: Connection[] = [];
  const finished = new AbortController();
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = () => aborted.resolve('aborted');
  signal.addEventListener('abort', onAbort, { once: true, signal: finished.signal });
  if (signal.aborted) onAbort();

  async function enter(number: number): Promise<Seat> {
    const user = await plan.user(number);
    const connection = connect(plan.origin, plan.requestTimeoutMs);
    connections.push(connection);
    if (finished.signal.aborted) connection.close();
    return { user, connection };
  }

  async function first(): Promise<Seat[] | 'aborted'> {
    const users = shape.kind === 'users' ? shape.users : 1;
    return Promise.race([
      Promise.all(Array.from({ length: users }, (_, number) => enter(number))),
      aborted.promise,
    ]);
  }

  let work: Work | undefined;
  let progress: NodeJS.Timeout | undefined;
  try {
    const seats = await first();
    if (seats === 'aborted') return { ...tally.result(0), notBegun: 0, stopped: true };
    const startMs = performance.now();
    const elapsedMs = () => performance.now() - startMs;
    const report = () => onProgress({ elapsedMs: elapsedMs(), durationMs, ...tally.progress() });
    progress = setInterval(report, PROGRESS_MS);
    work =
      shape.kind === 'users'
        ? keepBusy(seats, startMs + durationMs, tally)
        : keepSchedule({ ...shape, durationMs }, seats, enter, tally);
    const ending = await Promise.race([work.done, aborted.promise]);
    return { ...tally.result(elapsedMs()), notBegun: work.stop(), stopped: ending === 'aborted' };
  } finally {
    finished.abort();
    clearInterval(progress);
    work?.stop();
    for (const connection of connections) connection.close();
  }
}
