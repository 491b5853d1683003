import { table } from '../../action/markdown.ts';
import type { ServiceId } from '../../cloudrun/resources.ts';
import { describeSplit, type Split } from '../../cloudrun/traffic.ts';
import { describeExposure, type Exposure } from '../../rollout/exposure.ts';
import type { Ending, StepReport } from '../../rollout/machine.ts';
import { assemble, shorten } from './blocks.ts';
import { type Mark, timeline } from './chart.ts';
import { evidence } from './evidence.ts';
import { LATE_ENTRIES_MS, links } from './links.ts';
import { headline, verdictSentence } from './sentence.ts';
import { stepsTable } from './steps.ts';

export type RolloutReport = {
  id: ServiceId;
  image: string;
  canary: string;
  stable: Split;
  ending: Ending;
  steps: readonly StepReport[];
  /** From the start of the run to its last change of the service. */
  startedMs: number;
  endedMs: number;
  exposure: Exposure;
  /** 1 − the chance of rolling back a release that is within its limits. */
  confidence: number;
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

const CELL = 400;

function markOf({ ending, endedMs }: RolloutReport): Mark {
  const restored = ending.closed && (ending.outcome === 'rolled-back' || ending.outcome === 'aborted');
  const promoted = ending.closed && ending.outcome === 'promoted';
  return { atMs: endedMs, text: restored ? 'stable restored' : promoted ? 'all users' : 'stopped' };
}

/** The job summary of a rollout: the verdict first, then the steps, what decided, and where to look further. */
export function rolloutSummary(report: RolloutReport): string {
  const { id, image, canary, stable, ending, steps, startedMs, endedMs, exposure, confidence } = report;
  const rows = [
    ['Canary', canary],
    ['Image', image],
    ['Before', describeSplit(stable)],
    ['Users', describeExposure(exposure, 'the canary')],
  ];
  return assemble([
    headline(report),
    verdictSentence(report),
    ...stepsTable(steps),
    timeline(steps, markOf(report)),
    ...evidence(ending, steps, confidence),
    '### Where to look',
    links(id, canary, { startMs: startedMs, endMs: endedMs + LATE_ENTRIES_MS }),
    table(
      ['', ''],
      rows.map((row) => row.map((cell) => shorten(cell, CELL))),
    ),
  ]);
}
