/**
 * How many statuses a deployment has at most before the last one. GitHub refuses more than some number, which its
 * documentation does not tell; 100 leaves what people have seen, and GitHub's own last status needs a place, too.
 */
const MOST_STATUSES = 90;
const SHORTEST_MS = 30_000;
/** The pause doubles after so many: what is said early is worth more, and a rollout may last for hours. */
const BEFORE_DOUBLING = 15;

/** How long to be silent when a deployment has so many statuses; for ever once they are enough. */
export function pauseMs(statuses: number): number {
  return statuses >= MOST_STATUSES
    ? Number.POSITIVE_INFINITY
    : SHORTEST_MS * 2 ** Math.floor(statuses / BEFORE_DOUBLING);
}
