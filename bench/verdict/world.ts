import { binomial } from '@apex-actions/testkit/random';
import type { Evidence } from './contender.ts';

/** A rollout: 20 minutes at 10 %, 20 at 50 %, one interval a minute. */
export const MINUTES = 40;
export const STEP_AT = 20;
export const percentAt = (minute: number) => (minute < STEP_AT ? 10 : 50);

/** What happens to both arms: nothing, four minutes in which 30 % of everything fails, or a base rate that rises steadily. */
export type Weather = 'calm' | 'outage' | 'drift';

/** One kind of release. Shares are of requests, 0 to 1; `rate` is the service's requests a second. */
export type Cell = {
  rate: number;
  /** Stable's share of errors. */
  base: number;
  /** The canary's share is so many times `base` until the fault, in a good release always. */
  times: number;
  /** The canary's share from minute `faultAt` on. */
  bad: number;
  faultAt: number;
  weather: Weather;
};

const OUTAGE = { from: 12, to: 16, share: 0.3 };

function baseAt({ base, weather }: Cell, minute: number): number {
  if (weather === 'outage' && minute >= OUTAGE.from && minute < OUTAGE.to) return OUTAGE.share;
  return weather === 'drift' ? base * (0.5 + minute / MINUTES) : base;
}

/** The counts of both arms, minute by minute; the service has the same traffic each minute, split by chance. */
export function simulate(cell: Cell, minutes: number, random: () => number): Evidence[] {
  const all = Math.round(cell.rate * 60);
  return Array.from({ length: minutes }, (_, minute) => {
    const percent = percentAt(minute);
    const requests = binomial(all, percent / 100, random);
    const base = baseAt(cell, minute);
    const share = minute >= cell.faultAt ? cell.bad : cell.times * base;
    const canary = { requests, errors: binomial(requests, share, random) };
    const stable = { requests: all - requests, errors: binomial(all - requests, base, random) };
    return { percent, canary, stable };
  });
}
