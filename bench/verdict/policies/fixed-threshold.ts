import { type Contender, errorRateOf, MAX_ERROR_RATE } from '../contender.ts';

/** Ends of the rollout that the simulation plays: 20 minutes at 10 %, 20 at 50 %. */
const PROMOTE_AFTER_MINUTES = 40;

/**
 * The check most pipelines write by hand: each minute, the canary's error rate of the last minute against the limit;
 * above it, roll back. A minute without requests passes. It keeps the simulation's own schedule.
 */
export const fixedThreshold: Contender = {
  name: 'Fixed threshold',
  start: () => {
    let minutes = 0;
    return {
      minute: ({ canary }) => {
        minutes += 1;
        if ((errorRateOf(canary) ?? 0) > MAX_ERROR_RATE) return 'roll back';
        return minutes >= PROMOTE_AFTER_MINUTES ? 'promote' : 'go on';
      },
    };
  },
};
