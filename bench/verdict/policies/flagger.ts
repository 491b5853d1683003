import { type Contender, errorRateOf, MAX_ERROR_RATE } from '../contender.ts';

/** `threshold`: failed checks before the roll back. */
const THRESHOLD = 10;
const MAX_WEIGHT = 50;
const STEP_WEIGHT = 5;
const STEPS = MAX_WEIGHT / STEP_WEIGHT;

/**
 * Flagger with the example that opens https://docs.flagger.app/usage/how-it-works (the README has the same): `interval:
 * 1m`, `threshold: 10`, `maxWeight: 50`, `stepWeight: 5`, `request-success-rate` at least 99 over `1m`.
 *
 * - Each minute: the canary's success rate of the last minute. Below 99 % the check fails and the weight stays; failed
 *   checks add up over the whole analysis, they need not be consecutive and nothing takes them back.
 * - A minute without requests fails too: https://docs.flagger.app/usage/webhooks has "no values found".
 * - Times are those of https://docs.flagger.app/usage/deployment-strategies: `interval * threshold` to a roll back,
 *   `interval * (maxWeight / stepWeight)` to promotion, later by each failed check. (The controller reads the counter at
 *   the start of its next run, so in a cluster the roll back comes one interval later than here.)
 * - Its weights are replaced by the simulation's; the number of passed checks that it wants is kept.
 *
 * Only `interval` has a default in the documentation; a `threshold` left out is 1 in the program, so the examples
 * decide: the tutorials take 5 or 10, and 99 %, which is our limit.
 */
export const flagger: Contender = {
  name: 'Flagger',
  start: () => {
    let passed = 0;
    let failed = 0;
    return {
      minute: ({ canary }) => {
        if ((errorRateOf(canary) ?? 1) > MAX_ERROR_RATE) failed += 1;
        else passed += 1;
        if (failed >= THRESHOLD) return 'roll back';
        return passed >= STEPS ? 'promote' : 'go on';
      },
    };
  },
};
