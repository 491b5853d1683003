import { formatDuration } from '../action/duration.ts';

/**
 * Who has had the canary: nobody; it is not known, since the first change of the traffic was cut off; or from a time on
 * so many per cent of the users, at most. `untilMs` is absent while they still have it.
 */
export type Exposure = 'nobody' | 'unknown' | { sinceMs: number; untilMs?: number; percent: number };

/** `up to 50 % of the users had shop-00042 for 7m20s`; `who` is the revision as the text is to name it. */
export function describeExposure(exposure: Exposure, who: string): string {
  if (exposure === 'nobody') return `no user had ${who}`;
  if (exposure === 'unknown') return `it is not known whether users had ${who}, or for how long`;
  const { sinceMs, untilMs, percent } = exposure;
  const users = percent === 100 ? 'all users' : `up to ${percent} % of the users`;
  return untilMs === undefined
    ? `${users} have ${who}`
    : `${users} had ${who} for ${formatDuration(untilMs - sinceMs)}`;
}
