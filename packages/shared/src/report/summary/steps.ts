import { formatDuration } from '../../action/duration.ts';
import { table } from '../../action/markdown.ts';
import { formatShare } from '../../action/share.ts';
import { type ArmCounts, noCounts } from '../../analysis/evidence.ts';
import { percentileMs } from '../../analysis/histogram.ts';
import type { StepReport } from '../../rollout/machine.ts';
import { thin } from './blocks.ts';

const MOST = 60;
const HEADERS = [
  'Users',
  'Time',
  'Canary requests',
  'Canary errors',
  'Canary P95',
  'Stable requests',
  'Stable errors',
  'Stable P95',
  'Verdict',
];

function cells({ requests, errors, latencies, probes }: ArmCounts): string[] {
  const p95 = latencies && percentileMs(latencies, 0.95);
  const failed = requests === 0 ? '–' : formatShare(errors / requests);
  return [
    probes ? `${requests} + ${probes.requests} probes` : String(requests),
    probes?.requests ? `${failed}, probes ${formatShare(probes.errors / probes.requests)}` : failed,
    p95 === undefined ? '–' : `${Math.round(p95)} ms`,
  ];
}

function row({ percent, startMs, endMs, assessment }: StepReport): string[] {
  const { canary, stable, verdict } = assessment ?? {
    canary: noCounts,
    stable: noCounts,
    verdict: 'no-data',
  };
  return [`${percent} %`, formatDuration(endMs - startMs), ...cells(canary), ...cells(stable), verdict];
}

/** One row a step: its share of the users, how long it lasted, what both arms showed, and the verdict. */
export function stepsTable(steps: readonly StepReport[]): string[] {
  if (steps.length === 0) return ['No step was judged.'];
  const left = steps.length - MOST;
  const note = left > 0 ? [`*${left} of ${steps.length} steps are left out.*`] : [];
  return [table(HEADERS, thin(steps, MOST).map(row)), ...note];
}
