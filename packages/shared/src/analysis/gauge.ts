/** A gauge, such as a queue's depth, has a value and no share: it fails after `intervals` values in a row outside its limit. */
export type GaugeCheck = { name: string; max?: number; min?: number; intervals: number };

/** One value per interval since the canary first had users, oldest first; `undefined` where there was none. */
export type GaugeReadings = { check: GaugeCheck; values: readonly (number | undefined)[] };

function isOutside({ max, min }: GaugeCheck, value: number): boolean {
  return (max !== undefined && value > max) || (min !== undefined && value < min);
}

/** How many values in a row were outside the limit, at the end and at most. A missing value neither counts nor ends a row. */
export function rowsOutside({ check, values }: GaugeReadings): { now: number; longest: number } {
  let [now, longest] = [0, 0];
  for (const value of values) {
    if (value === undefined) continue;
    now = isOutside(check, value) ? now + 1 : 0;
    longest = Math.max(longest, now);
  }
  return { now, longest };
}

/** `queue-depth: 1200, 1300, 1250 above 1000 in 3 intervals` */
export function describeGauge({ check, values }: GaugeReadings): string {
  const seen = values.filter((value) => value !== undefined).slice(-check.intervals);
  const limits = [
    ...(check.max === undefined ? [] : [`above ${check.max}`]),
    ...(check.min === undefined ? [] : [`below ${check.min}`]),
  ];
  return `${check.name}: ${seen.map((value) => Number(value.toPrecision(4))).join(', ')}, where ${limits.join(' or ')} in ${check.intervals} intervals in a row fails`;
}
