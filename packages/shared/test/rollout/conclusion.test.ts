import { paint } from '@apex-actions/shared/action/paint';
import type { Command, Ending, Outcome, State } from '@apex-actions/shared/rollout/machine';
import { describe, expect, it } from 'vitest';
import { type Cast, conclude } from '../../src/rollout/conclusion.ts';
import { describeExposure, type Exposure } from '../../src/rollout/exposure.ts';
import { assessment, baking, NOW_MS } from './support.ts';

const cast: Cast = {
  canary: 'shop-2',
  canaryUrl: 'https://canary',
  stable: [{ revision: 'shop-1', percent: 100 }],
  exposure: { sinceMs: NOW_MS, untilMs: NOW_MS + 100_000, percent: 10 },
};
const SHIFT: Command = { type: 'shift', percent: 10 };
const PROMOTE: Command = { type: 'promote' };
const undo = (outcome: 'rolled-back' | 'aborted', reason: string): Command => ({
  type: 'restore',
  outcome,
  reason,
});
const judged = (percent: number, verdict: 'healthy' | 'inconclusive' | 'failing'): State => ({
  ...baking,
  reports: [{ percent, startMs: NOW_MS, endMs: NOW_MS + 360_000, assessment: assessment(verdict) }],
});
const ended = (outcome: Outcome, more: Partial<Ending> = {}): State => ({
  ...baking,
  ending: { outcome, verdict: 'healthy', reason: 'why', closed: true, ...more },
});
const end = ({ ending }: State): Command => {
  if (!ending) throw new Error('not ended');
  return { type: 'end', ending };
};

function said(todo: Command, state: State, next: Command, who = cast): string {
  return paint(conclude(todo, state, next, who), false);
}

describe('below the group of', () => {
  it.each<[string, Command, State, Command, string]>([
    [
      'the deploy',
      { type: 'deploy' },
      baking,
      { type: 'verify' },
      '✓ Deployed: shop-2 is Ready at 0 %, at https://canary; next: its health check',
    ],
    [
      'a deploy that failed',
      { type: 'deploy' },
      baking,
      undo('rolled-back', 'it did not start'),
      '✗ Not deployed: it did not start; next: stable is restored',
    ],
    [
      'a health check that failed',
      { type: 'verify' },
      baking,
      undo('rolled-back', 'GET / answered 500'),
      '✗ Not verified: GET / answered 500; next: stable is restored',
    ],
    [
      'a step that was good',
      SHIFT,
      judged(10, 'healthy'),
      { type: 'shift', percent: 50 },
      '✓ 10 %: healthy after 6m: it is healthy; next: 50 % of the users',
    ],
    [
      'a step that proved nothing',
      SHIFT,
      judged(10, 'inconclusive'),
      PROMOTE,
      '! 10 %: inconclusive after 6m: it is inconclusive; next: all users',
    ],
    [
      'a step that was bad',
      SHIFT,
      judged(10, 'failing'),
      undo('rolled-back', 'error-rate: 4 %'),
      '✗ 10 %: failing after 6m: error-rate: 4 %; next: stable is restored',
    ],
    [
      'a step that could not begin, after one that was good',
      { type: 'shift', percent: 50 },
      judged(10, 'healthy'),
      undo('aborted', 'PERMISSION_DENIED'),
      '! 50 %: PERMISSION_DENIED; next: stable is restored',
    ],
    [
      'a promotion that could not be made',
      PROMOTE,
      judged(50, 'healthy'),
      undo('aborted', 'PERMISSION_DENIED'),
      '! Not promoted: PERMISSION_DENIED; next: stable is restored',
    ],
    [
      'a watch that found it bad',
      PROMOTE,
      judged(100, 'failing'),
      undo('rolled-back', 'after promotion: error-rate'),
      '✗ The watch: failing after 6m: after promotion: error-rate; next: stable is restored',
    ],
    [
      'a step in which somebody changed the traffic',
      SHIFT,
      judged(10, 'inconclusive'),
      { type: 'hand-over', reason: 'the traffic is X' },
      '! 10 %: inconclusive after 6m: the traffic is X; next: the traffic is left alone',
    ],
  ])('%s', (_, todo, state, next, expected) => {
    expect(said(todo, state, next)).toBe(expected);
  });

  it.each<[Outcome, Partial<Ending>, Exposure, string]>([
    ['promoted', {}, cast.exposure, '✓ Promoted: shop-2 serves all users'],
    [
      'rolled-back',
      {},
      cast.exposure,
      '✗ Rolled back: users have shop-1 100 % again; up to 10 % of the users had shop-2 for 1m40s',
    ],
    ['rolled-back', {}, 'nobody', '✗ Rolled back: users have shop-1 100 % as before; no user had shop-2'],
    [
      'aborted',
      {},
      'unknown',
      '! Aborted: users have shop-1 100 % again; it is not known whether users had shop-2, or for how long',
    ],
    [
      'held',
      {},
      { sinceMs: NOW_MS, percent: 10 },
      '✓ Held: up to 10 % of the users have shop-2, until it is resumed or rolled back',
    ],
    ['handed-over', {}, cast.exposure, '! Handed over: the traffic is as somebody else set it'],
    [
      'rolled-back',
      { closed: false },
      cast.exposure,
      '✗ Could not be restored: why; next: the post step tries again',
    ],
  ])('the end as %s %j', (outcome, more, exposure, expected) => {
    const state = ended(outcome, more);
    const todo: Command = undo('rolled-back', 'why');
    expect(said(todo, state, end(state), { ...cast, exposure })).toBe(expected);
  });
});

it('who had everything is told as all users', () => {
  expect(describeExposure({ sinceMs: 0, untilMs: 60_000, percent: 100 }, 'shop-2')).toBe(
    'all users had shop-2 for 1m',
  );
});
