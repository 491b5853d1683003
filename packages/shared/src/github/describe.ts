import { type ArmCounts, noCounts } from '../analysis/evidence.ts';
import type { Outcome, State } from '../rollout/machine.ts';

/**
 * The states of a deployment that a rollout goes through. GitHub's names, for which it gives no meanings
 * (https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status); Actions itself uses `in_progress`
 * while a job runs, then `success` or `failure`, and `inactive` for what serves no more.
 */
export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive';

/** What a deployment status says. */
export type Said = { state: DeploymentState; description: string };

/** "The maximum description length is 140 characters" (same page). */
const LONGEST = 140;

/** One line that fits a deployment status. */
export function shortened(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line.length <= LONGEST) return line;
  return `${line.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Coarser than in the log, so that not every request makes news: `0 %`, `< 0.1 %`, `0.3 %`, `12 %`. */
function roughShare({ requests, errors }: ArmCounts): string {
  const percent = (errors / requests) * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.05) return '< 0.1 %';
  return `${percent < 9.95 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

function errorsOf(canary: ArmCounts, stable: ArmCounts): string {
  if (canary.requests === 0) return 'no requests yet';
  return `errors ${roughShare(canary)}${stable.requests === 0 ? '' : ` against ${roughShare(stable)}`}`;
}

/** `canary 25 %, errors 0.1 % against 0.1 %`, and the verdict once there is one. */
function describeLook({ plan, step, stepStartedMs, reports, verdict }: State, doing: string): string {
  const percent = plan.steps[step] ?? 100;
  const last = reports.at(-1);
  // Until it has been looked at, the last report is that of the step before.
  const current = last?.startMs === stepStartedMs ? last.assessment : undefined;
  const errors = errorsOf(current?.canary ?? noCounts, current?.stable ?? noCounts);
  const judged = current && (verdict === 'healthy' || verdict === 'failing') ? `, ${verdict}` : '';
  return `canary ${percent} %${doing}, ${errors}${judged}${current?.holds ? ', waiting' : ''}`;
}

/** What is said while a rollout goes on; nothing where it would be no news. */
export function describeProgress(state: State): Said | undefined {
  const said = (description: string): Said => ({
    state: 'in_progress',
    description: shortened(description),
  });
  switch (state.phase) {
    case 'verifying':
      return said('canary 0 %, its health is checked');
    case 'baking':
      return said(describeLook(state, ''));
    case 'watching':
      return said(describeLook(state, ', watched'));
    case 'closing': {
      const { outcome, reason } = state.ending ?? {};
      const restores = outcome === 'rolled-back' || outcome === 'aborted';
      return restores ? said(`restoring stable: ${reason}`) : undefined;
    }
    default:
      return undefined;
  }
}

const ENDINGS: Readonly<Record<Outcome, { state: DeploymentState; headline: string }>> = {
  promoted: { state: 'success', headline: 'promoted' },
  held: { state: 'in_progress', headline: 'held' },
  'rolled-back': { state: 'failure', headline: 'rolled back' },
  aborted: { state: 'failure', headline: 'stopped without a verdict' },
  'handed-over': { state: 'inactive', headline: 'handed over' },
};

export function describeOutcome(outcome: Outcome, reason: string): Said {
  const { state, headline } = ENDINGS[outcome];
  return { state, description: shortened(reason === '' ? headline : `${headline}: ${reason}`) };
}
