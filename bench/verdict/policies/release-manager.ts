import { type Contender, type Counts, errorRateOf, MAX_ERROR_RATE, sumOf } from '../contender.ts';

/** Its flags. `windowMinutes` is `-healthcheck-offset`; `minRequests` are those of the canary in the window. */
type Flags = { name: string; windowMinutes: number; minRequests: number; minWaitMinutes: number };

/** `-steps` 5,20,50,80: four waits until 100 %. */
const STEPS = 4;

/**
 * Cloud Run Release Manager with every default of
 * https://github.com/GoogleCloudPlatform/cloud-run-release-manager#rollout-strategy; `-max-error-rate` is 1 % there too.
 *
 * - Called each minute (the Cloud Scheduler job of its set-up), it takes the canary's error rate of the last 30 minutes;
 *   above the limit it rolls back at once, whatever `-min-wait` says. Stable is not looked at.
 * - Too few requests is "inconclusive", which holds the rollout. But "unhealthy" wins over "inconclusive"
 *   (the comment of `Diagnose` in internal/health/health.go), so the minimum delays a step, never a roll back: one error
 *   among the first 99 requests is enough. No requests is an error rate of 0.
 * - Its percentages are replaced by the simulation's, its waits are kept: four of 30 minutes, so 120 at the earliest.
 * - The reporting delay of up to 3 minutes that it documents is left out, as for every policy here.
 *
 * The program's own default of `-min-requests` is 0 (cmd/operator/main.go); the documented one is taken.
 */
export const releaseManager = releaseManagerWith({
  name: 'Cloud Run Release Manager',
  windowMinutes: 30,
  minRequests: 100,
  minWaitMinutes: 30,
});

/** With the arguments of the command in its "Setup on GCP", which users copy: 10m, 0, 1 % and 10m. */
export const releaseManagerAsSetUp = releaseManagerWith({
  name: 'Cloud Run Release Manager, as set up',
  windowMinutes: 10,
  minRequests: 0,
  minWaitMinutes: 10,
});

function releaseManagerWith({ name, windowMinutes, minRequests, minWaitMinutes }: Flags): Contender {
  return {
    name,
    start: () => {
      let window: readonly Counts[] = [];
      let waited = 0;
      let stepsLeft = STEPS;
      return {
        minute: ({ canary }) => {
          window = [...window, canary].slice(-windowMinutes);
          waited += 1;
          const seen = sumOf(window);
          if ((errorRateOf(seen) ?? 0) > MAX_ERROR_RATE) return 'roll back';
          if (seen.requests < minRequests || waited < minWaitMinutes) return 'go on';
          waited = 0;
          stepsLeft -= 1;
          return stepsLeft === 0 ? 'promote' : 'go on';
        },
      };
    },
  };
}
