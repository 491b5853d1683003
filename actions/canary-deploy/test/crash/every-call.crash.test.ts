/**
 * Every call of every scenario, before and after its effect: the process is killed there, the job cancelled, or the
 * connection dropped; then the post step, the next deploy or a rollback puts it right. `CRASH_EVERY=4` tries every
 * fourth point.
 */
import { describe, expect, it } from 'vitest';
import { type Crash, type Point, type Repair, recordCalls, tryPoint } from './point.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const EVERY = Number(process.env.CRASH_EVERY ?? 1);
const AT_ONCE = Number(process.env.CRASH_AT_ONCE ?? 6);
/** What may follow: a killed job leaves the most behind, one that lives ends by itself. */
const CRASHES: readonly (readonly [Crash, readonly Repair[]])[] = [
  ['SIGKILL', ['post', 'next deploy', 'rollback']],
  ['cancel', ['post', 'next deploy']],
  ['drop', ['post']],
];

/** All points of the calls; a read has no effect, so it is only lost. */
function pointsOf(calls: readonly string[], { deployRepairs = true }: Scenario): Point[] {
  const counts = new Map<string, number>();
  return calls.flatMap((method) => {
    const nth = (counts.get(method) ?? 0) + 1;
    counts.set(method, nth);
    const effects = /^(Create|Update)/.test(method)
      ? (['takes effect', 'is lost'] as const)
      : (['is lost'] as const);
    return effects.flatMap((effect) =>
      CRASHES.flatMap(([crash, repairs]) =>
        repairs
          .filter((repair) => deployRepairs || repair !== 'next deploy')
          .map((repair) => ({ call: { method, nth, effect }, crash, repair })),
      ),
    );
  });
}

async function inPool<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await use(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

describe('whatever happens at any call', () => {
  it('is noticed where nothing repairs it', async () => {
    const good = SCENARIOS.find(({ title }) => title.startsWith('a good release')) as Scenario;
    const shift = { method: 'UpdateService', nth: 2, effect: 'takes effect' } as const;
    const found = await tryPoint(good, { call: shift, crash: 'SIGKILL', repair: 'nothing' });
    expect(found).toEqual([
      expect.stringMatching(/^the record is still there/),
      expect.stringMatching(/^tags are left/),
      expect.stringMatching(/^users were left half-way/),
    ]);
  });

  it.each(SCENARIOS)(
    'of $title, users end with stable or with a promoted revision',
    { timeout: 3_600_000 },
    async (scenario) => {
      const points = pointsOf(await recordCalls(scenario), scenario).filter((_, i) => i % EVERY === 0);
      const wrong: string[] = [];
      await inPool(points, async (point) => {
        const { call, crash, repair } = point;
        const name = `${crash} at ${call.method} ${call.nth}, which ${call.effect}, then ${repair}`;
        const found = await tryPoint(scenario, point).catch((error: unknown) => [String(error)]);
        wrong.push(...found.map((each) => `${name}: ${each}`));
      });
      console.log(`${scenario.title}: ${points.length} points tried, ${wrong.length} violations`);
      expect(wrong.join('\n\n')).toBe('');
    },
  );
});
