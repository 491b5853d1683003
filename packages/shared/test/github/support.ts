import { type ArmCounts, noCounts } from '../../src/analysis/evidence.ts';
import type { Assessment, Verdict } from '../../src/analysis/verdict.ts';
import type { State } from '../../src/rollout/machine.ts';
import type { Plan } from '../../src/rollout/plan.ts';

export const plan: Plan = {
  steps: [5, 25, 50],
  bakeMs: 300_000,
  maxBakeMs: 900_000,
  pollIntervalMs: 15_000,
  timeoutMs: 5_400_000,
  watchMs: 0,
  onInconclusive: 'abort',
};

export function counts(requests: number, errors: number): ArmCounts {
  return { ...noCounts, requests, errors };
}

type Arms = { canary: ArmCounts; stable: ArmCounts; verdict?: Verdict; holds?: boolean };

export function assessment({ canary, stable, verdict = 'inconclusive', holds = false }: Arms): Assessment {
  return { verdict, reason: 'because', canary, stable, clean: true, heldMs: 0, holds, evidence: [] };
}

/** At the second step, since time 100, after a step that took from 10 to 90. */
export function state(changes: Partial<State> = {}, current?: Assessment): State {
  const before = { percent: 5, startMs: 10, endMs: 90, assessment: undefined };
  return {
    plan,
    phase: 'baking',
    startedMs: 0,
    step: 1,
    stepStartedMs: 100,
    verdict: current?.verdict ?? 'no-data',
    reports: [before, ...(current ? [{ percent: 25, startMs: 100, endMs: 150, assessment: current }] : [])],
    ending: undefined,
    ...changes,
  };
}
