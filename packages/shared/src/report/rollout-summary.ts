import { formatDuration } from '../action/duration.ts';
import { code, table } from '../action/markdown.ts';
import { formatShare } from '../action/share.ts';
import { type ArmCounts, noCounts } from '../analysis/evidence.ts';
import { percentileMs } from '../analysis/histogram.ts';
import { logsLink, metricsLink, revisionsLink } from '../cloudrun/console.ts';
import type { ServiceId } from '../cloudrun/resources.ts';
import { describeSplit, type Split } from '../cloudrun/traffic.ts';
import type { Ending, StepReport } from '../rollout/machine.ts';

export type RolloutReport = {
  id: ServiceId;
  image: string;
  canary: string;
  stable: Split;
  ending: Ending;
  steps: readonly StepReport[];
};

const HEADLINES: Readonly<Record<Ending['outcome'], string>> = {
  promoted: '✅ Promoted',
  'rolled-back': '❌ Rolled back',
  aborted: '⚠️ Aborted',
  'handed-over': '⚠️ Handed over',
  held: '⏸️ Held',
};

/** What users have now, in one sentence. */
export function describeState({
  ending,
  canary,
  stable,
}: Pick<RolloutReport, 'ending' | 'canary' | 'stable'>): string {
  if (!ending.closed)
    return 'The last change of the traffic could not be made or seen; the post step tries again';
  switch (ending.outcome) {
    case 'promoted':
      return `${canary} serves all users`;
    case 'held':
      return `${canary} keeps its share of the users until the rollout is resumed or rolled back`;
    case 'handed-over':
      return 'The traffic was left as somebody else set it';
    default:
      return `Stable serves again: ${describeSplit(stable)}`;
  }
}

function cells({ requests, errors, latencies }: ArmCounts): string[] {
  const p95 = latencies && percentileMs(latencies, 0.95);
  return [
    String(requests),
    requests === 0 ? '–' : formatShare(errors / requests),
    p95 === undefined ? '–' : `${Math.round(p95)} ms`,
  ];
}

function stepRow({ percent, startMs, endMs, assessment }: StepReport): string[] {
  const { canary, stable, verdict } = assessment ?? {
    canary: noCounts,
    stable: noCounts,
    verdict: 'no-data',
  };
  return [`${percent} %`, formatDuration(endMs - startMs), ...cells(canary), ...cells(stable), verdict];
}

const STEP_HEADERS = [
  'Step',
  'Time',
  'Canary requests',
  'Canary errors',
  'Canary P95',
  'Stable requests',
  'Stable errors',
  'Stable P95',
  'Verdict',
];

/** The job summary of a rollout: how it ended and why first, then the steps, then where to look further. */
export function rolloutSummary(report: RolloutReport): string {
  const { id, image, canary, stable, ending, steps } = report;
  const parts = [
    `## ${HEADLINES[ending.outcome]}: ${code(id.service)}`,
    `**${describeState(report)}.** ${code(ending.reason)}`,
    steps.length > 0 ? table(STEP_HEADERS, steps.map(stepRow)) : 'The canary never had users.',
    table(
      ['', ''],
      [
        ['Canary', canary],
        ['Image', image],
        ['Stable before', describeSplit(stable)],
      ],
    ),
    `[Revisions](${revisionsLink(id)}) · [Metrics](${metricsLink(id)}) · [Logs of the canary](${logsLink(id, canary)})`,
  ];
  return `${parts.join('\n\n')}\n`;
}
