/** What to do when the bake is over and the evidence neither convicts nor acquits. */
export type OnInconclusive = 'promote-if-clean' | 'promote' | 'abort';

/** A rollout's schedule. Percentages are whole, ascending, 1 to 99; promotion to 100 % follows the last. Times in ms. */
export type Plan = {
  steps: readonly number[];
  bakeMs: number;
  maxBakeMs: number;
  pollIntervalMs: number;
  /** From the start to promotion; then stable is restored. */
  timeoutMs: number;
  watchMs: number;
  onInconclusive: OnInconclusive;
  /** The step at which a healthy rollout stops and waits to be resumed by a later run. */
  holdAt?: number;
};

/** The least time the plan needs: every bake in full, each with the wait for its late metrics. */
export function shortestMs(plan: Plan, metricsDelayMs: number): number {
  return plan.steps.length * (plan.bakeMs + metricsDelayMs);
}
