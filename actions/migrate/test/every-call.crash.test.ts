/**
 * A migration of a real database, and every call that it makes of the API, before and after its effect: the process is
 * killed there, the job cancelled, or the connection dropped; then the post step or the next attempt of the job puts it
 * right. `CRASH_EVERY=4` tries every fourth point.
 */
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { migrations, migrationsIn, useDatabases } from './support/database.ts';

const EVERY = Number(process.env.CRASH_EVERY ?? 1);
const AT_ONCE = Number(process.env.CRASH_AT_ONCE ?? 6);
const LAST = '0002_add-author';
const LATER = { GITHUB_RUN_ATTEMPT: '2' };

type Crash = 'SIGKILL' | 'cancel' | 'drop';
type Point = {
  method: string;
  nth: number;
  effect: 'takes effect' | 'is lost';
  crash: Crash;
  repair: 'post' | 'next attempt';
};

/** Breaking, so that the note on the service is written, too. */
const UP = { ...migrations('up'), compatibility: 'breaking' };

const newStage = useDatabases();
const short = (method: string) => method.split('/').at(-1) ?? method;

type Staged = Awaited<ReturnType<typeof newStage>>;

async function onStage<T>(use: (staged: Staged) => Promise<T>): Promise<T> {
  const ends: (() => Promise<void>)[] = [];
  try {
    const staged = await newStage((end) => void ends.unshift(end));
    staged.stage.emulator.control.clearCalls();
    return await use(staged);
  } finally {
    for (const end of ends) await end();
  }
}

function pointsOf(calls: readonly string[]): Point[] {
  const counts = new Map<string, number>();
  return calls.flatMap((method) => {
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    const effects = /^(Create|Update|Run)/.test(method)
      ? (['takes effect', 'is lost'] as const)
      : (['is lost'] as const);
    return effects.flatMap((effect) =>
      (['SIGKILL', 'cancel', 'drop'] as const).flatMap((crash) =>
        (['post', 'next attempt'] as const).map((repair) => ({ method, nth, effect, crash, repair })),
      ),
    );
  });
}

const faultOf = ({ method, nth, effect, crash }: Point) =>
  crash === 'drop'
    ? {
        kind: 'disconnect' as const,
        method,
        nth,
        when: effect === 'is lost' ? ('before' as const) : ('after' as const),
      }
    : { method, nth, hold: true as const, ...(effect === 'is lost' ? { code: 'UNAVAILABLE' as const } : {}) };

/** Crashes a migration at a point, repairs, migrates once more, and says what is then wrong. */
function tryPoint(point: Point): Promise<string[]> {
  return onStage(async ({ stage, url }) => {
    const { control } = stage.emulator;
    control.addFault(faultOf(point));
    const running = stage.start(UP);
    let over = false;
    const main = running.main.finally(() => {
      over = true;
    });
    const reached = () =>
      control.calls().filter(({ method }) => short(method) === point.method).length >= point.nth;
    while (!over && !reached()) await setTimeout(10);
    if (point.crash === 'SIGKILL' && !over) process.kill(running.pid, 'SIGKILL');
    if (point.crash === 'cancel' && !over) running.cancel();
    // A killed process is gone before its call is handled; one that is cancelled may act on that, or wait for its call.
    await (point.crash === 'cancel' ? Promise.race([main, setTimeout(500)]) : main);
    control.clearFaults();
    const crashed = await main;
    while (control.calls().some(({ code }) => code === 'PENDING')) await setTimeout(10);

    const wrong: string[] = [];
    if (point.crash === 'drop' && crashed.exitCode !== 0) wrong.push(`it did not survive: ${crashed.log}`);
    if (point.repair === 'post') {
      const post = await running.post();
      if (post.exitCode !== 0) wrong.push(`post failed: ${post.log}`);
      if ((await runsOf(stage)).some(({ completionTime }) => !completionTime))
        wrong.push('an execution still runs');
    }
    const next = await stage.run({ ...UP, 'wait-for-running': 'true' }, LATER);
    if (next.exitCode !== 0) wrong.push(`the next attempt failed: ${next.log}`);
    return [...wrong, ...(await violations(stage, url))];
  });
}

const runsOf = (stage: Staged['stage']) => stage.runs().catch(() => []);

async function violations(stage: Staged['stage'], url: string): Promise<string[]> {
  const wrong: string[] = [];
  const done = await migrationsIn(url);
  if (done.length !== 2 || done[1] !== LAST) wrong.push(`the database has ${done.join(', ') || 'nothing'}`);
  const { annotations } = await stage.service();
  const history = annotations?.['apex.dev/schema-history'] ?? '{}';
  if (annotations?.['apex.dev/migration']) wrong.push('the note on the service is left');
  const { current, changes = [] } = JSON.parse(history);
  if (current !== LAST || changes.length !== 1) wrong.push(`remembered: ${history}`);
  const spans = (await stage.runs())
    .map(({ startTime, completionTime }) => [toMs(startTime), toMs(completionTime)] as const)
    .sort(([a], [b]) => a - b);
  if (spans.some(([start], i) => i > 0 && start < (spans[i - 1]?.[1] ?? 0))) wrong.push('executions overlap');
  return wrong;
}

const toMs = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  time ? Number(time.seconds) * 1000 + (time.nanos ?? 0) / 1e6 : Number.POSITIVE_INFINITY;

async function inPool<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await use(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

it('whatever happens at any call, the database ends migrated once, and that is remembered', {
  timeout: 3_600_000,
}, async () => {
  const calls = await onStage(async ({ stage }) => {
    await stage.run(UP);
    return stage.emulator.control.calls().map(({ method }) => short(method));
  });
  const points = pointsOf(calls).filter((_, i) => i % EVERY === 0);
  const wrong: string[] = [];
  await inPool(points, async (point) => {
    const { method, nth, effect, crash, repair } = point;
    const name = `${crash} at ${method} ${nth}, which ${effect}, then ${repair}`;
    const found = await tryPoint(point).catch((error: unknown) => [String(error)]);
    wrong.push(...found.map((each) => `${name}: ${each}`));
  });
  console.log(`a migration: ${points.length} points tried, ${wrong.length} violations`);
  expect(wrong.join('\n\n')).toBe('');
});
