import { noCounts } from '@apex-actions/shared/analysis/evidence';
import type { Assessment, Verdict } from '@apex-actions/shared/analysis/verdict';
import { type State, start } from '@apex-actions/shared/rollout/machine';
import type { Plan } from '@apex-actions/shared/rollout/plan';

export const NOW_MS = Date.parse('2026-11-21T14:06:10Z');

export const plan: Plan = {
  steps: [10, 50],
  bakeMs: 300_000,
  maxBakeMs: 900_000,
  pollIntervalMs: 15_000,
  timeoutMs: 3_600_000,
  watchMs: 3_600_000,
  onInconclusive: 'promote-if-clean',
};

/** A rollout that bakes at 10 %. */
export const baking: State = { ...start(plan, NOW_MS - 600_000).state, phase: 'baking' };

export function assessment(verdict: Verdict, more: Partial<Assessment> = {}): Assessment {
  return {
    verdict,
    reason: `it is ${verdict}`,
    canary: noCounts,
    stable: noCounts,
    clean: true,
    heldMs: 0,
    holds: false,
    evidence: [],
    ...more,
  };
}
