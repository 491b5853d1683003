/** Distance between two neighbouring doubles at 1. */
const EPSILON = Number.EPSILON;

/**
 * Where `f` crosses zero between `from` and `to`, at whose ends it has different signs, to within `tolerance` (in the
 * unit of the argument). Brent's method: inverse quadratic interpolation or a secant step where they shrink the bracket
 * fast enough, else bisection. R. P. Brent, "Algorithms for Minimization without Derivatives" (1973), chapter 4; this
 * makes the choices of R's `uniroot` and of Kayenta, since the stopping point decides what is reported for a function
 * with jumps.
 */
export function crossing(f: (x: number) => number, from: number, to: number, tolerance: number): number {
  let previous = { x: from, y: f(from) };
  let best = { x: to, y: f(to) };
  /** The other end of the bracket: `f` has the other sign there. */
  let other = previous;
  if (previous.y === 0) return from;

  while (true) {
    const lastStep = best.x - previous.x;
    if (Math.abs(other.y) < Math.abs(best.y)) [previous, best, other] = [best, other, best];
    const smallest = 2 * EPSILON * Math.abs(best.x) + tolerance / 2;
    const half = (other.x - best.x) / 2;
    if (Math.abs(half) <= smallest || best.y === 0) return best.x;

    const interpolate = Math.abs(lastStep) >= smallest && Math.abs(previous.y) > Math.abs(best.y);
    let step = interpolate ? interpolated(previous, best, other, lastStep, smallest) : half;
    if (Math.abs(step) < smallest) step = step > 0 ? smallest : -smallest;

    previous = best;
    const x = best.x + step;
    best = { x, y: f(x) };
    if (Math.sign(best.y) * Math.sign(other.y) > 0) other = previous;
  }
}

type Point = { x: number; y: number };

/** The interpolated step from `best`, or half the bracket if that step would leave it or shrink too slowly. */
function interpolated(
  previous: Point,
  best: Point,
  other: Point,
  lastStep: number,
  smallest: number,
): number {
  const bracket = other.x - best.x;
  const toPrevious = best.y / previous.y;
  let p: number;
  let q: number;
  if (previous.x === other.x) {
    p = bracket * toPrevious;
    q = 1 - toPrevious;
  } else {
    const ends = previous.y / other.y;
    const toOther = best.y / other.y;
    p = toPrevious * (bracket * ends * (ends - toOther) - (best.x - previous.x) * (toOther - 1));
    q = (ends - 1) * (toOther - 1) * (toPrevious - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const inside = p < 0.75 * bracket * q - Math.abs(smallest * q) / 2 && p < Math.abs(lastStep * q) / 2;
  return inside ? p / q : bracket / 2;
}
