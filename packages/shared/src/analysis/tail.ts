import betainc from '@stdlib/math-base-special-betainc';

/** The chance of at least `successes` in `trials` with chance `share` each: the incomplete beta function (NIST DLMF 8.17.5). */
export function binomialTail(trials: number, share: number, successes: number): number {
  if (successes <= 0) return 1;
  if (successes > trials) return 0;
  return betainc(Math.min(1, Math.max(0, share)), successes, trials - successes + 1);
}
