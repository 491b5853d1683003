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
