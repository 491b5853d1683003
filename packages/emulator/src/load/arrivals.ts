/** Ms until the next arrival of a Poisson process (exponentially distributed), from one uniform number in [0, 1). */
export function gapMs(ratePerSecond: number, uniform: number): number {
  return (-Math.log(1 - uniform) / ratePerSecond) * 1000;
}
