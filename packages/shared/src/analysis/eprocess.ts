/**
 * E-values for counts. An e-process has an expectation of at most 1 at any stopping time when the hypothesis is true, so
 * by Ville's inequality it ever reaches 1/α with a probability of at most α, however often it is looked at (Ramdas,
 * Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38, 2023).
 * All values are natural logarithms.
 */

/** `n` events of which `bad` were bad. Both ≥ 0; `bad` ≤ `n`. */
export type Count = { n: number; bad: number };

export function logSumExp(values: readonly number[]): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) max = Math.max(max, value);
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - max);
  return max + Math.log(sum);
}

/** `count · log(p / q)`, with 0 · log 0 = 0. */
function weighted(count: number, p: number, q: number): number {
  return count === 0 ? 0 : count * (Math.log(p) - Math.log(q));
}

/** log of the likelihood ratio of share `p` against share `q`. */
function logRatio({ n, bad }: Count, p: number, q: number): number {
  return weighted(bad, p, q) + weighted(n - bad, 1 - p, 1 - q);
}

/**
 * Bets on `share` against "at most `limit`" (Wald, "Sequential tests of statistical hypotheses", Annals of Mathematical
 * Statistics 16, 1945). The expectation is linear in the true share and 1 at the limit, so at most 1 below it. Does not
 * bet where the share is within the limit. With a limit of 0 a single bad event is proof.
 */
export function logBetAbove(count: Count, share: number, limit: number): number {
  if (share <= limit) return 0;
  if (limit <= 0) return count.bad > 0 ? Number.POSITIVE_INFINITY : 0;
  return logRatio(count, share, limit);
}

/**
 * Bets on (`share`, `stableShare`) against "the canary's share is at most `ratio` times stable's", with the likelihood
 * ratio against the point of that hypothesis that is nearest in Kullback-Leibler divergence (reverse information
 * projection: Turner, Ly, Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional
 * stopping", Journal of Statistical Planning and Inference 230, 2024). The log of its expectation is concave in both true
 * shares, 0 at the projection, and its gradient there points out of the convex hypothesis, so it is at most 0 all over it.
 * The projection (r·p, p) minimises `n_c·kl(share‖r·p) + n_s·kl(stableShare‖p)`: the smaller root of a quadratic.
 */
export function logBetOnRatio(
  canary: Count,
  stable: Count,
  share: number,
  stableShare: number,
  ratio: number,
): number {
  if (share <= ratio * stableShare || canary.n === 0 || stable.n === 0) return 0;
  const a = ratio * (canary.n + stable.n);
  const b = canary.n * (ratio + share) + stable.n * (1 + ratio * stableShare);
  const c = canary.n * share + stable.n * stableShare;
  const projected = (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
  return logRatio(canary, share, ratio * projected) + logRatio(stable, stableShare, projected);
}

/**
 * The arms' parts of the bad events if the canary's share is `multiple` times stable's and both are small: canary's part.
 */
export function splitOf(canary: Count, stable: Count, multiple: number): number {
  return (multiple * canary.n) / (multiple * canary.n + stable.n);
}

/**
 * Bets that of the bad events the part `split` falls to the canary, against the part `fair` = `splitOf(…, ratio)`. Needs no
 * guess of stable's share. With u = split/fair − 1 and v = 1 − (1−split)/(1−fair) its expectation is
 * (1 + u·c)^n_c · (1 − v·s)^n_s ≤ exp(u·n_c·c − v·n_s·s), which is at most 1 wherever c ≤ ratio · s.
 */
export function logBetOnSplit(canary: Count, stable: Count, split: number, fair: number): number {
  return weighted(canary.bad, split, fair) + weighted(stable.bad, 1 - split, 1 - fair);
}

const BELOW = 16;

/**
 * Evidence against "the share of bad events is at least `limit`": the mean of likelihood ratios of shares below it
 * (mixtures: Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
 * Statistics 41, 1970).
 */
export function logEvidenceBelow(count: Count, limit: number): number {
  if (limit <= 0) return 0;
  if (limit >= 1) return count.bad < count.n ? Number.POSITIVE_INFINITY : 0;
  const shares = Array.from({ length: BELOW }, (_, i) => (limit * i) / BELOW);
  return logSumExp(shares.map((share) => logRatio(count, share, limit))) - Math.log(BELOW);
}
