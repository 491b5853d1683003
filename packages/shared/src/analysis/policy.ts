/** The limits a release is judged by. Shares are 0 to 1, latencies milliseconds; absent limits are not checked. */
export type Policy = {
  maxErrorRate: number;
  /** How many times stable's share of bad events the canary may show. */
  maxErrorRatio: number;
  maxLatencyP95Ms?: number;
  /** How many times stable's P95 the canary's may be. */
  maxLatencyRatio?: number;
  /** 1 − the chance of rolling back a release that is within its limits, per rollout. */
  confidence: number;
  /** True when the release goes on being judged after promotion: the error budget is then divided between the two. */
  watched: boolean;
  /** True when probes are sent: their errors are a check of their own. */
  probed: boolean;
};

/** P95 under a limit means: at most 5 % of the requests slower than it. */
export const SLOW_SHARE = 0.05;
