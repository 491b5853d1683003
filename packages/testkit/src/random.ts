/** Mulberry32: a small generator with a seed, so that a simulation says the same every time. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How many of `n` events happen, each with chance `share`. Counts the gaps between them (geometric), exact and quick. */
export function binomial(n: number, share: number, random: () => number): number {
  if (share <= 0) return 0;
  if (share >= 1) return n;
  if (share > 0.5) return n - binomial(n, 1 - share, random);
  const log = Math.log1p(-share);
  let hits = 0;
  for (let i = Math.floor(Math.log1p(-random()) / log); i < n; hits++)
    i += 1 + Math.floor(Math.log1p(-random()) / log);
  return hits;
}

/** The chances that 0, 1, … `n` of `n` events happen, each with chance `share`. */
export function binomialChances(n: number, share: number): number[] {
  if (share >= 1) return [...Array<number>(n).fill(0), 1];
  let log = n * Math.log1p(-share);
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) log += Math.log((n - k + 1) / k) + Math.log(share / (1 - share));
    return Math.exp(log);
  });
}

/** logFactorials[k] = log k!, grown to what was asked for. */
const logFactorials = [0];

function logFactorial(k: number): number {
  for (let next = logFactorials.length; next <= k; next++)
    logFactorials.push((logFactorials[next - 1] ?? 0) + Math.log(next));
  return logFactorials[k] ?? 0;
}

/**
 * The same distribution from one random number, for simulations that draw large counts: walks from the most likely count
 * to both sides, so it takes as many steps as a few standard deviations, not as there are events.
 */
export function binomialFromMode(n: number, share: number, random: () => number): number {
  if (share <= 0 || n <= 0) return 0;
  if (share >= 1) return n;
  const odds = share / (1 - share);
  const mode = Math.min(n, Math.floor((n + 1) * share));
  const choices = logFactorial(n) - logFactorial(mode) - logFactorial(n - mode);
  const chance = Math.exp(choices + mode * Math.log(share) + (n - mode) * Math.log1p(-share));
  let left = random() - chance;
  for (let [low, high, lowChance, highChance] = [mode, mode, chance, chance]; left >= 0; ) {
    // What rounding leaves when all counts are used up.
    if (low === 0 && high === n) return mode;
    if (high < n) {
      highChance *= ((n - high) / (high + 1)) * odds;
      high += 1;
      left -= highChance;
      if (left < 0) return high;
    }
    if (low > 0) {
      lowChance *= low / (n - low + 1) / odds;
      low -= 1;
      left -= lowChance;
      if (left < 0) return low;
    }
  }
  return mode;
}
