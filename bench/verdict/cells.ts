import { type Cell, MINUTES } from './world.ts';

const RATES = [0.3, 3, 30, 100];
const BASES = [0, 0.001, 0.005];
const BAD = [0.02, 0.05, 0.2, 1];
/** From the start, with the second step, after ten minutes. */
const FAULTS_AT = [0, 20, 10];

/** Within the limits, and so not to be rolled back: as stable is, or half as bad again. Stable may be above the limit. */
export const GOOD_CELLS: readonly Cell[] = RATES.flatMap((rate) =>
  [...BASES, 0.02].flatMap((base) =>
    [
      { weather: 'calm' as const, times: 1 },
      { weather: 'outage' as const, times: 1 },
      { weather: 'drift' as const, times: 1 },
      { weather: 'calm' as const, times: 1.5 },
    ].map((kind) => ({ rate, base, bad: base, faultAt: MINUTES, ...kind })),
  ),
);

export const BAD_CELLS: readonly Cell[] = RATES.flatMap((rate) =>
  BASES.flatMap((base) =>
    BAD.flatMap((bad) =>
      FAULTS_AT.map((faultAt) => ({ rate, base, bad, faultAt, times: 1, weather: 'calm' as const })),
    ),
  ),
);

/** Not looked at when the engine's bets were chosen. */
export const HELD_OUT_CELLS: readonly Cell[] = [0.5, 5, 50].flatMap((rate) =>
  [0.0002, 0.002].flatMap((base) =>
    [0.03, 0.1, 0.5].flatMap((bad) =>
      [0, 20, 14].map((faultAt) => ({ rate, base, bad, faultAt, times: 1, weather: 'calm' as const })),
    ),
  ),
);
