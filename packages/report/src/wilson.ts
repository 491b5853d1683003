/** The 97.5 % quantile of the normal distribution, for 95 % on both sides. */
const Z = 1.959963984540054;

/**
 * The 95 % confidence interval of a share of which `bad` of `n` were seen, by Wilson's score method without continuity
 * correction (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927; R. G.
 * Newcombe recommends it among seven in Statistics in Medicine 17, 1998). Shares from 0 to 1; of nothing everything is
 * possible. For one interval alone: it says nothing about looking at many of them, which is what the verdict is for.
 */
export function wilson(bad: number, n: number): { low: number; high: number } {
  if (n <= 0) return { low: 0, high: 1 };
  const share = bad / n;
  const square = Z * Z;
  const centre = share + square / (2 * n);
  const reach = Z * Math.sqrt((share * (1 - share)) / n + square / (4 * n * n));
  const scale = 1 + square / n;
  return {
    low: bad === 0 ? 0 : Math.max(0, (centre - reach) / scale),
    high: bad === n ? 1 : Math.min(1, (centre + reach) / scale),
  };
}
