import type { Contender } from '../contender.ts';

const SLEEP_MINUTES = 300 / 60;

/**
 * Deploy at 10 %, `sleep 300`, send all the traffic: the pipeline that never looks at a metric.
 *
 * The commands are those of https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration, with a pause
 * between `--to-tags TAG=10` and `--to-latest`. It has no limit, so it never rolls back.
 */
export const sleep: Contender = {
  name: 'sleep 300',
  start: () => {
    let minutes = 0;
    return {
      minute: () => {
        minutes += 1;
        return minutes >= SLEEP_MINUTES ? 'promote' : 'go on';
      },
    };
  },
};
