import { ActionError } from '@apex-actions/shared/action/errors';
import { describeState, type RolloutReport } from '@apex-actions/shared/report/summary/rollout';

export type Outputs = {
  outcome: string;
  verdict: string;
  revision: string;
  'stable-revision': string;
  url: string;
  'canary-url': string;
};

/** What the step hands on. With a `failure` the step fails after the outputs are set. */
export type Result = {
  outputs: Outputs;
  /** Of a rollout that had a stable to compare with. */
  report?: RolloutReport;
  /** A first deploy, which has none. */
  first?: { image: string };
  summary?: string;
  failure?: ActionError;
};

const HEADLINES = {
  'rolled-back': 'was rolled back',
  aborted: 'was stopped without a verdict',
  'handed-over': 'was handed over, because somebody else changed the traffic',
  held: 'could not be held',
} as const;

const UNFINISHED: Partial<Record<keyof typeof HEADLINES, string>> = {
  'rolled-back': 'could not be rolled back',
  aborted: 'was stopped without a verdict, and stable could not be restored',
};

const NEXT = {
  'rolled-back': 'Look at the logs of the canary (linked in the summary), mend the release, and deploy again',
  aborted: 'See the reason above; the same deploy can be run again',
  'handed-over': 'Decide what users should have, then deploy or roll back again',
  held: 'See the reason above; the post step restores stable',
} as const;

/** The error of a rollout that did not promote. */
export function failureOf(
  report: Pick<RolloutReport, 'ending' | 'canary' | 'stable'>,
): ActionError | undefined {
  const { ending, canary } = report;
  if (ending.outcome === 'promoted') return undefined;
  if (ending.outcome === 'held' && ending.closed) return undefined;
  const headline = (ending.closed ? undefined : UNFINISHED[ending.outcome]) ?? HEADLINES[ending.outcome];
  return new ActionError({
    what: `Canary ${canary} ${headline}: ${ending.reason}`,
    state: describeState(report),
    next: NEXT[ending.outcome],
  });
}
