import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeOutcome, describeProgress, shortened } from '../../src/github/describe.ts';
import type { Ending } from '../../src/rollout/machine.ts';
import { assessment, counts, state } from './support.ts';

const ending = (outcome: Ending['outcome']): Ending => ({
  outcome,
  verdict: 'failing',
  reason: 'too many errors',
  closed: true,
});

describe('what is said while a rollout goes on', () => {
  it.each([
    ['errors of both arms', counts(1000, 1), counts(9000, 9), 'canary 25 %, errors 0.1 % against 0.1 %'],
    ['no errors', counts(1000, 0), counts(9000, 0), 'canary 25 %, errors 0 % against 0 %'],
    ['very few errors', counts(10_000, 1), counts(10_000, 2), 'canary 25 %, errors < 0.1 % against < 0.1 %'],
    ['many errors', counts(1000, 123), counts(1000, 34), 'canary 25 %, errors 12 % against 3.4 %'],
    ['a stable without users', counts(10, 1), counts(0, 0), 'canary 25 %, errors 10 %'],
    ['a canary without users', counts(0, 0), counts(10, 0), 'canary 25 %, no requests yet'],
  ])('%s', (_what, canary, stable, description) => {
    const said = describeProgress(state({}, assessment({ canary, stable })));
    expect(said).toEqual({ state: 'in_progress', description });
  });

  const arms = { canary: counts(100, 0), stable: counts(100, 0) };
  it.each([
    ['before the step was looked at', state(), 'canary 25 %, no requests yet'],
    [
      'with a verdict',
      state({}, assessment({ ...arms, verdict: 'healthy' })),
      'canary 25 %, errors 0 % against 0 %, healthy',
    ],
    [
      'in an outage',
      state({}, assessment({ ...arms, holds: true })),
      'canary 25 %, errors 0 % against 0 %, waiting',
    ],
    ['before there are users', state({ phase: 'verifying' }), 'canary 0 %, its health is checked'],
    [
      'after promotion',
      state({ phase: 'watching', step: 3 }, assessment(arms)),
      'canary 100 %, watched, errors 0 % against 0 %',
    ],
    [
      'when stable is restored',
      state({ phase: 'closing', ending: ending('rolled-back') }),
      'restoring stable: too many errors',
    ],
  ])('%s', (_what, given, description) => {
    expect(describeProgress(given)?.description).toBe(description);
  });

  it.each([
    ['while the revision is made', state({ phase: 'deploying' })],
    ['while traffic is moved', state({ phase: 'shifting' })],
    ['while it is held', state({ phase: 'closing', ending: ending('held') })],
    ['when it has ended', state({ phase: 'ended', ending: ending('promoted') })],
  ])('nothing %s', (_what, given) => {
    expect(describeProgress(given)).toBeUndefined();
  });
});

it.each([
  ['promoted', 'success', 'promoted: fine'],
  ['held', 'in_progress', 'held: fine'],
  ['rolled-back', 'failure', 'rolled back: fine'],
  ['aborted', 'failure', 'stopped without a verdict: fine'],
  ['handed-over', 'inactive', 'handed over: fine'],
] as const)('%s is %s', (outcome, expected, description) => {
  expect(describeOutcome(outcome, 'fine')).toEqual({ state: expected, description });
});

it('any text fits, in one line, with whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const said = shortened(text);
      expect(said.length).toBeLessThanOrEqual(140);
      expect(said.isWellFormed()).toBe(true);
      expect(said).not.toMatch(/[\r\n\p{Cc}]/u);
    }),
  );
});
