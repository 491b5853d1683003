import type { CheckName } from './checks.ts';
import { type Count, logEvidenceBelow } from './eprocess.ts';
import { firstWhere } from './search.ts';

/**
 * What one check has counted in both arms, beside its limits. While the rollout goes on: in the current step, without
 * outages. When the check has convicted: since the canary first had users.
 */
export type Finding = {
  check: CheckName;
  /** What was counted. Probes count with the users' requests where they prove health, and apart where they convict. */
  of: 'requests' | 'probes' | 'requests and probes';
  canary: Count;
  stable: Count;
  /** The largest share of bad ones that is allowed, 0 to 1. */
  limit: number;
  /** How many more good ones of the canary would prove its share below the limit; `undefined` where none can. */
  missing: number | undefined;
};

/** Beyond this nobody waits. */
const MOST = 1e9;

/** How many good ones it takes beside `count` to prove a share below `limit` with evidence of `needed` (a logarithm). */
export function missingFrom(count: Count, limit: number, needed: number): number | undefined {
  return firstWhere(
    0,
    MOST,
    (more) => logEvidenceBelow({ n: count.n + more, bad: count.bad }, limit) >= needed,
  );
}
