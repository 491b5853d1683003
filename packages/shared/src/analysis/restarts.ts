/**
 * Since when a fault may be there. The e-process is a mixture over its possible starts, so old good evidence cannot drown
 * a new fault: `R_t = bet_t · (R_{t−1} + w_t)` is the sum over all starts s ≤ t of `w_s · bet_s ⋯ bet_t` (a weighted
 * Shiryaev-Roberts recursion: Shin, Ramdas, Rinaldo, "E-detectors", New England Journal of Statistics in Data Science 2,
 * 2024). The weights sum to at most 1 however long the rollout: 0.35 for the first interval, Σ 0.2 · 2⁻ʲ for the starts of
 * steps, and Σ 0.45 · 7/((t+5)(t+6)), a telescoping sum, for every interval from the second.
 */
const FIRST = 0.35;
const STEPS = 0.2;
const ANY = 0.45;

/** `nth` counts the intervals with canary requests from 1; `step` the starts of later steps from 1, 0 for none. */
export function startWeight(nth: number, step: number): number {
  if (nth === 1) return FIRST;
  const atStep = step > 0 ? STEPS * 2 ** -step : 0;
  return atStep + (ANY * 7) / ((nth + 5) * (nth + 6));
}
