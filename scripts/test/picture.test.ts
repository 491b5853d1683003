import { paint } from '@apex-actions/shared/action/paint';
import { noCounts } from '@apex-actions/shared/analysis/evidence';
import { start } from '@apex-actions/shared/rollout/machine';
import { pollLine } from '@apex-actions/shared/rollout/poll-line';
import { expect, test } from 'vitest';
import { readChapters } from '../picture/polls.ts';
import { drawRollouts } from '../picture/svg.ts';

const plan = {
  steps: [25],
  bakeMs: 6000,
  maxBakeMs: 15_000,
  pollIntervalMs: 1000,
  timeoutMs: 120_000,
  watchMs: 0,
  onInconclusive: 'abort',
} as const;

function poll(canaryErrors: number, probed: boolean): string {
  const assessment = {
    verdict: 'inconclusive' as const,
    reason: '',
    canary: { ...noCounts, requests: 1000, errors: canaryErrors },
    stable: { ...noCounts, requests: 4000, errors: 4 },
    clean: false,
    heldMs: 0,
    holds: false,
    evidence: [],
  };
  const state = { ...start(plan, 0).state, phase: 'baking' as const };
  return `   │ ${paint(pollLine(state, assessment, 3000, probed, 'judged | later'), true)}`;
}

test.each([false, true])('the polls of a log are read as they are written (with probes: %s)', (probed) => {
  const log = ['2. A good release', poll(0, probed), poll(50, probed), '   │ ▸ Restore stable'].join('\n');
  expect(readChapters(log)).toEqual([
    {
      title: 'A good release',
      ending: 'restored',
      polls: [
        { percent: 25, canaryErrors: 0, stableErrors: 0.001, verdict: 'inconclusive' },
        { percent: 25, canaryErrors: 0.05, stableErrors: 0.001, verdict: 'inconclusive' },
      ],
    },
  ]);
  expect(drawRollouts(readChapters(log))).toContain('rolled back after 2 readings');
});
