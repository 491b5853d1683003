import { formatDuration } from '../action/duration.ts';
import { formatShare } from '../action/share.ts';
import type { Finding } from '../analysis/finding.ts';
import type { Assessment } from '../analysis/verdict.ts';
import type { Command, State } from './machine.ts';

/** When the metrics of the first `spanMs` of the current step will be complete, epoch ms; of its first interval without. */
export type Due = (spanMs?: number) => number;

/** `14:06:10Z`, the time of day in UTC. */
export function timeOfDay(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)}Z`;
}

/** `14:06:10Z (1m20s)`, or that it is due. */
function at(dueMs: number, nowMs: number): string {
  const left = Math.ceil((dueMs - nowMs) / 1000) * 1000;
  return left > 0 ? `${timeOfDay(dueMs)} (${formatDuration(left)})` : `${timeOfDay(dueMs)} (due)`;
}

/** What a command means for the users, as what comes next. */
export function describeNext(command: Command): string {
  switch (command.type) {
    case 'shift':
      return `${command.percent} % of the users`;
    case 'promote':
      return 'all users';
    case 'restore':
      return 'stable is restored';
    case 'hold':
      return 'hold until it is resumed';
    case 'settle':
      return 'the watch ends';
    case 'hand-over':
      return 'the traffic is left alone';
    case 'verify':
      return 'its health check';
    default:
      return command.type;
  }
}

function whatConvicted({ check, of, limit }: Finding): string {
  const since = of === 'probes' ? 'since the probes began to count' : 'since its first user';
  return `${check} over ${formatShare(limit)}, counted ${since}`;
}

/** What the evidence says at the end of a step. */
function found({ verdict, check, findings, reason }: Assessment): string {
  const finding = findings?.find((each) => each.check === check);
  if (verdict === 'failing') return finding ? whatConvicted(finding) : reason;
  if (verdict === 'healthy') return 'every check is below its limit';
  return verdict === 'no-data' ? 'no request was seen' : 'nothing is proven';
}

/** What more of it would prove the step healthy. */
function missing({ findings, reason, check }: Assessment): string {
  const open = findings?.find((each) => each.missing !== undefined && each.missing > 0);
  if (!open || open.check !== check) return reason;
  const good = open.check === 'error-rate' ? 'without an error' : 'that are fast enough';
  return `needs ${open.missing} more canary ${open.of.replace(' and ', ' or ')} ${good}`;
}

/** What a poll waits for and until when, or what comes next. */
export function describeWait(
  { plan, phase, startedMs }: State,
  assessment: Assessment,
  coveredMs: number,
  next: Command,
  nowMs: number,
  due: Due,
): string {
  if (next.type !== 'observe') return `${found(assessment)}; next: ${describeNext(next)}`;
  const { holds, heldMs, reason, verdict } = assessment;
  const until = (spanMs: number) => at(due(spanMs + heldMs), nowMs);
  if (phase === 'watching')
    return `watched until the metrics of ${formatDuration(plan.watchMs)} are in: ${until(plan.watchMs)}`;
  if (holds)
    return `holding: ${reason}; if it lasts, stable is restored at ${at(startedMs + plan.timeoutMs, nowMs)}`;
  if (coveredMs === 0) return `the first metrics of this step are due at ${at(due(), nowMs)}`;
  if (coveredMs - heldMs < plan.bakeMs) {
    const unseen = verdict === 'no-data' ? 'no request yet; ' : '';
    return `${unseen}judged when the metrics of the bake are in: ${until(plan.bakeMs)}`;
  }
  return `${missing(assessment)}, at most until ${until(plan.maxBakeMs)}`;
}
