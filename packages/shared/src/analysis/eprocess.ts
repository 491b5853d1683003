/**
 * E-processes for counts. An e-process has an expectation of at most 1 at any stopping time when the hypothesis is
 * true, so by Ville's inequality it ever reaches 1/α with a probability of at most α, however often it is looked at.
 * Mixture likelihood ratios: Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of
 * Mathematical Statistics 41 (1970); e-processes: Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe
 * anytime-valid inference", Statistical Science 38 (2023). All values are natural logarithms.
 */

/** `n` events of which `bad` were bad. Both ≥ 0; `bad` ≤ `n`. Fractions are allowed (interpolated buckets). */
export type Count = { n: number; bad: number };

function logSumExp(values: readonly number[]): number {
  const max = Math.max(...values);
  if (!Number.isFinite(max)) return max;
  return max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
}

/** `count · log(p / q)`, with 0 · log 0 = 0. */
function weighted(count: number, p: number, q: number): number {
  return count === 0 ? 0 : count * (Math.log(p) - Math.log(q));
}

/** log of the likelihood ratio of share `p` against share `q` (0 < q < 1). */
function logRatio({ n, bad }: Count, p: number, q: number): number {
  return weighted(bad, p, q) + weighted(n - bad, 1 - p, 1 - q);
}

const MIXTURE = 16;

/** Shares above `limit` that the test bets on, evenly spaced in their logarithm up to 1. */
function alternativesAbove(limit: number): number[] {
  return Array.from({ length: MIXTURE }, (_, i) => limit ** (1 - (i + 1) / MIXTURE));
}

/**
 * Evidence against "the share of bad events is at most `limit`". For every alternative above the limit the likelihood
 * ratio is a supermartingale under every share up to the limit (its expectation is linear in the true share and 1 at the
 * limit); their mean is one too. With a limit of 0 a single bad event is proof.
 */
export function logEvidenceAbove(count: Count, limit: number): number {
  if (limit >= 1) return 0;
  if (limit <= 0) return count.bad > 0 ? Number.POSITIVE_INFINITY : 0;
  const ratios = alternativesAbove(limit).map((share) => logRatio(count, share, limit));
  return logSumExp(ratios) - Math.log(MIXTURE);
}

/** Evidence against "the share of bad events is at least `limit`"; the mirror image. */
export function logEvidenceBelow(count: Count, limit: number): number {
  if (limit <= 0) return 0;
  if (limit >= 1) return count.bad < count.n ? Number.POSITIVE_INFINITY : 0;
  const shares = Array.from({ length: MIXTURE }, (_, i) => (limit * i) / MIXTURE);
  return logSumExp(shares.map((share) => logRatio(count, share, limit))) - Math.log(MIXTURE);
}

const RATIO_STEPS = [1.25, 1.5, 2, 3, 5, 10, 30, 100];

/**
 * Evidence against "the canary's share is at most `maxRatio` times stable's", from counts of both arms in the same
 * intervals. Whatever hits both arms in an interval cancels in it, since only how the bad events divide is judged: by
 * `q = r·n_c / (r·n_c + n_s)` at most (conditional test of two rates: Przyborowski and Wilenski, Biometrika 31, 1940).
 *
 * It is an e-process for binomial counts, not only for rare events. Betting on `q1 > q`, an interval multiplies the
 * evidence by `a^x_c · b^x_s` with `a = q1/q` and `b = (1−q1)/(1−q)`. Under shares `r·p` and `p` its expectation is
 * `(1 + r·p·(a−1))^n_c · (1 + p·(b−1))^n_s ≤ exp(p·[r·n_c·(a−1) + n_s·(b−1)])`, and the bracket is exactly 0.
 */
export function logEvidenceOfRatio(
  pairs: readonly { canary: Count; stable: Count }[],
  maxRatio: number,
): number {
  const totals = RATIO_STEPS.map((step) =>
    pairs.reduce((sum, { canary, stable }) => {
      const bad = canary.bad + stable.bad;
      if (bad === 0 || canary.n === 0 || stable.n === 0) return sum;
      const share = (ratio: number) => (ratio * canary.n) / (ratio * canary.n + stable.n);
      return sum + logRatio({ n: bad, bad: canary.bad }, share(maxRatio * step), share(maxRatio));
    }, 0),
  );
  return logSumExp(totals) - Math.log(RATIO_STEPS.length);
}
