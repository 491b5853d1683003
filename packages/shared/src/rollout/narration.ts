import { formatShare } from '../action/share.ts';
import type { ArmCounts } from '../analysis/evidence.ts';
import { percentileMs } from '../analysis/histogram.ts';
import type { Command } from './machine.ts';

/** `312 requests, 0.32 % errors, P95 120 ms, 60 probes, 0 % errors` */
export function describeArm({ requests, errors, latencies, probes }: ArmCounts): string {
  const sent = probes?.requests
    ? `, ${probes.requests} probes, ${formatShare(probes.errors / probes.requests)} errors`
    : '';
  if (requests === 0) return `no requests${sent}`;
  const p95 = latencies && percentileMs(latencies, 0.95);
  const latency = p95 === undefined ? '' : `, P95 ${Math.round(p95)} ms`;
  return `${requests} requests, ${formatShare(errors / requests)} errors${latency}${sent}`;
}

/** The title of the log group in which a command is carried out. */
export function describePhase(command: Command): string {
  switch (command.type) {
    case 'deploy':
      return 'Deploy the canary at 0 %';
    case 'verify':
      return 'Check the canary at its own URL';
    case 'shift':
      return `Shift ${command.percent} % to the canary and bake`;
    case 'observe':
      return 'Observe';
    case 'promote':
      return 'Promote to 100 %';
    case 'hold':
      return 'Hold at this step until it is resumed';
    case 'restore':
      return 'Restore stable';
    case 'settle':
      return 'End the watch';
    case 'hand-over':
      return 'Leave the traffic to whoever changed it';
    case 'end':
      return 'End';
  }
}
