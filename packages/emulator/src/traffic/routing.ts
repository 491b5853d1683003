import type { RouteTarget } from '../dataplane.ts';

/** The revision that a request goes to: weighted by percent, from one uniform number in [0, 1). */
export function chooseRevision(targets: readonly RouteTarget[], uniform: number): string | undefined {
  const total = targets.reduce((sum, { percent }) => sum + percent, 0);
  let reached = 0;
  for (const { revision, percent } of targets) {
    reached += percent;
    if (uniform * total < reached) return revision;
  }
  return undefined;
}
