/** Levenshtein's distance: how many letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The name that was probably meant, or `undefined` when none is near. `env_vars` is `env-vars`. */
export function closestName(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase().replace(/[_ ]/g, '-');
  const nearest = [...names]
    .map((name) => ({ name, away: distance(wanted, name) }))
    .toSorted((a, b) => a.away - b.away)[0];
  return nearest && nearest.away <= Math.max(2, Math.floor(wanted.length / 3)) ? nearest.name : undefined;
}
