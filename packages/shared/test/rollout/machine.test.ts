import { noCounts } from '@apex-actions/shared/analysis/evidence';
import type { Assessment, Verdict } from '@apex-actions/shared/analysis/verdict';
import { advance, type Command, type Event, type State, start } from '@apex-actions/shared/rollout/machine';
import type { Plan } from '@apex-actions/shared/rollout/plan';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const plan: Plan = {
  steps: [10, 50],
  bakeMs: 100,
  maxBakeMs: 300,
  pollIntervalMs: 10,
  timeoutMs: 10_000,
  watchMs: 0,
  onInconclusive: 'promote-if-clean',
};

function assessment(verdict: Verdict, clean = true): Assessment {
  return {
    verdict,
    reason: `it is ${verdict}`,
    canary: noCounts,
    stable: noCounts,
    clean,
    heldMs: 0,
    holds: false,
    evidence: [],
  };
}

function assessed(
  verdict: Verdict,
  coveredMs: number,
  options: { clean?: boolean; atMs?: number } = {},
): Event {
  return {
    type: 'assessed',
    atMs: options.atMs ?? coveredMs,
    coveredMs,
    assessment: assessment(verdict, options.clean),
  };
}

/** Plays events and returns every command, beginning with the first. */
function play(events: readonly Event[], played: Plan = plan): Command[] {
  let { state, command } = start(played, 0);
  const commands = [command];
  for (const event of events) {
    ({ state, command } = advance(state, event));
    commands.push(command);
  }
  return commands;
}

const upToFirstBake: Event[] = [{ type: 'deployed' }, { type: 'verified' }, { type: 'shifted', atMs: 0 }];

describe('the rollout', () => {
  it('deploys, verifies, shifts step by step and promotes', () => {
    const commands = play([
      ...upToFirstBake,
      assessed('inconclusive', 50),
      assessed('healthy', 100),
      { type: 'shifted', atMs: 200 },
      assessed('healthy', 100),
      { type: 'promoted', atMs: 400 },
    ]);
    expect(commands.map(({ type }) => type)).toEqual([
      'deploy',
      'verify',
      'shift',
      'observe',
      'observe',
      'shift',
      'observe',
      'promote',
      'end',
    ]);
    expect(commands.filter((command) => command.type === 'shift').map(({ percent }) => percent)).toEqual([
      10, 50,
    ]);
    expect(commands.at(-1)).toMatchObject({ ending: { outcome: 'promoted', closed: true } });
  });

  it('gives no revision any user whose start or health check failed', () => {
    for (const events of [[], [{ type: 'deployed' }]] as Event[][]) {
      const commands = play([...events, { type: 'refused', reason: 'it crashed' }, { type: 'closed' }]);
      expect(commands.some(({ type }) => type === 'shift')).toBe(false);
      expect(commands.at(-1)).toMatchObject({ ending: { outcome: 'rolled-back', verdict: 'failing' } });
    }
  });

  it('restores stable at the first failing verdict, long before the bake is over', () => {
    expect(play([...upToFirstBake, assessed('failing', 1)]).at(-1)).toMatchObject({
      type: 'restore',
      outcome: 'rolled-back',
    });
  });

  it('does not promote a bake whose metrics are not complete, however healthy it looks', () => {
    expect(play([...upToFirstBake, assessed('healthy', 99)]).at(-1)).toEqual({ type: 'observe' });
  });

  it('holds without data, and restores stable when the longest bake has shown none', () => {
    expect(play([...upToFirstBake, assessed('no-data', 299)]).at(-1)).toEqual({ type: 'observe' });
    for (const onInconclusive of ['promote', 'promote-if-clean', 'abort'] as const) {
      const last = play([...upToFirstBake, assessed('no-data', 300)], { ...plan, onInconclusive }).at(-1);
      expect(last).toMatchObject({ type: 'restore', outcome: 'aborted' });
    }
  });

  it.each([
    ['promote-if-clean', true, 'shift'],
    ['promote-if-clean', false, 'restore'],
    ['promote', false, 'shift'],
    ['abort', true, 'restore'],
  ] as const)(
    'after the longest bake without proof: %s, clean %s → %s',
    (onInconclusive, clean, expected) => {
      const commands = play([...upToFirstBake, assessed('inconclusive', 300, { clean })], {
        ...plan,
        onInconclusive,
      });
      expect(commands.at(-1)?.type).toBe(expected);
    },
  );

  it('restores stable when the time is up', () => {
    const last = play([...upToFirstBake, assessed('inconclusive', 50, { atMs: 10_000 })]).at(-1);
    expect(last).toMatchObject({ type: 'restore', outcome: 'aborted' });
  });

  it('leaves the traffic to whoever changed it', () => {
    const commands = play([
      ...upToFirstBake,
      { type: 'traffic-taken', reason: 'the console' },
      { type: 'closed' },
    ]);
    expect(commands.map(({ type }) => type).slice(-2)).toEqual(['hand-over', 'end']);
    expect(commands.at(-1)).toMatchObject({ ending: { outcome: 'handed-over' } });
  });

  it('says so when even the restore failed', () => {
    const commands = play([
      ...upToFirstBake,
      { type: 'cancelled', reason: 'SIGINT' },
      { type: 'failed', reason: 'UNAVAILABLE' },
    ]);
    expect(commands.at(-1)).toMatchObject({
      ending: { outcome: 'aborted', closed: false, reason: 'SIGINT; then: UNAVAILABLE' },
    });
  });

  describe('the watch after promotion', () => {
    const watching = { ...plan, steps: [50], watchMs: 500 };
    const promoted: Event[] = [...upToFirstBake, assessed('healthy', 100), { type: 'promoted', atMs: 200 }];

    it('restores stable when the release turns bad', () => {
      expect(play([...promoted, assessed('failing', 10)], watching).at(-1)).toMatchObject({
        type: 'restore',
        outcome: 'rolled-back',
      });
    });

    it('ends promoted when all its metrics are in', () => {
      expect(play([...promoted, assessed('healthy', 499)], watching).at(-1)).toEqual({ type: 'observe' });
      expect(play([...promoted, assessed('no-data', 500)], watching).at(-1)?.type).toBe('settle');
    });

    it('stays promoted when the job is cancelled', () => {
      const commands = play(
        [...promoted, { type: 'cancelled', reason: 'SIGINT' }, { type: 'closed' }],
        watching,
      );
      expect(commands.at(-1)).toMatchObject({ ending: { outcome: 'promoted' } });
    });
  });
});

/** An event that can follow a command, chosen by the numbers drawn. */
function eventFor(command: Command, state: State, draw: number, atMs: number): Event {
  const bad: Event[] = [
    { type: 'failed', reason: 'UNAVAILABLE' },
    { type: 'cancelled', reason: 'SIGINT' },
    { type: 'traffic-taken', reason: 'somebody' },
  ];
  const surprise = bad[draw % 40];
  if (surprise) return surprise;
  switch (command.type) {
    case 'deploy':
      return draw % 7 === 0 ? { type: 'refused', reason: 'no start' } : { type: 'deployed' };
    case 'verify':
      return draw % 7 === 0 ? { type: 'refused', reason: 'unhealthy' } : { type: 'verified' };
    case 'shift':
      return { type: 'shifted', atMs };
    case 'promote':
      return { type: 'promoted', atMs };
    case 'observe': {
      const verdict =
        (['healthy', 'inconclusive', 'no-data', 'healthy', 'failing'] as const)[draw % 5] ?? 'healthy';
      return {
        type: 'assessed',
        atMs,
        coveredMs: atMs - state.stepStartedMs,
        assessment: assessment(verdict, draw % 2 === 0),
      };
    }
    default:
      return { type: 'closed' };
  }
}

describe('whatever happens', () => {
  const draws = fc.array(fc.nat(1000), { minLength: 400, maxLength: 400 });
  const plans = fc.record({
    steps: fc
      .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 })
      .map((steps) => steps.toSorted((a, b) => a - b)),
    watchMs: fc.constantFrom(0, 500),
    onInconclusive: fc.constantFrom('promote' as const, 'promote-if-clean' as const, 'abort' as const),
  });

  it('the rollout ends; users get the canary only verified and in ascending steps; it ends on stable, promoted, or handed over', () => {
    fc.assert(
      fc.property(plans, draws, (some, numbers) => {
        let { state, command } = start({ ...plan, ...some }, 0);
        const commands: Command[] = [];
        for (const [i, draw] of numbers.entries()) {
          commands.push(command);
          if (command.type === 'end') break;
          ({ state, command } = advance(state, eventFor(command, state, draw, i * 60)));
        }
        const types = commands.map(({ type }) => type);
        expect(types.at(-1)).toBe('end');
        if (types.includes('shift')) expect(types.indexOf('verify')).toBeLessThan(types.indexOf('shift'));
        const shifts = commands.flatMap((each) => (each.type === 'shift' ? [each.percent] : []));
        expect(shifts).toEqual(some.steps.slice(0, shifts.length));
        if (types.includes('promote')) expect(shifts).toEqual(some.steps);
        const closing = commands.findLast(({ type }) =>
          ['restore', 'promote', 'settle', 'hand-over'].includes(type),
        );
        expect(closing).toBeDefined();
        const { ending } = commands.at(-1) as Command & { type: 'end' };
        if (ending.closed && ending.outcome === 'rolled-back') expect(closing?.type).toBe('restore');
        if (ending.outcome === 'promoted') expect(types).toContain('promote');
      }),
      { numRuns: 500 },
    );
  });
});
