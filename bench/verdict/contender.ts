/** Whole counts of one side in one minute; an error is a response of the class 5xx. */
export type Counts = { requests: number; errors: number };

/** What a Cloud Run metric interval of 60 s shows. `percent`: share of users on the canary in that minute, 0 to 100. */
export type Evidence = { percent: number; canary: Counts; stable: Counts };

/** A policy in the middle of one release. */
export type Judge = {
  /** One more minute of evidence; the answer says what it does now. After the last two answers it is not asked again. */
  minute(evidence: Evidence): Answer;
};

export type Answer = 'go on' | 'roll back' | 'promote';

/** A way to decide on a canary. The simulation fixes the weights; the policy keeps its own schedule for promotion. */
export type Contender = { name: string; start: () => Judge };

/** The same limit for every policy that has one: errors per request, 0 to 1. */
export const MAX_ERROR_RATE = 0.01;

export function sumOf(counts: readonly Counts[]): Counts {
  return {
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    errors: counts.reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** Errors per request, 0 to 1; nothing when there were no requests. */
export function errorRateOf({ requests, errors }: Counts): number | undefined {
  return requests === 0 ? undefined : errors / requests;
}
