import { formatDuration } from '../action/duration.ts';
import type { Colour, Line } from '../action/paint.ts';
import { formatShare } from '../action/share.ts';
import type { ArmCounts } from '../analysis/evidence.ts';
import type { Finding } from '../analysis/finding.ts';
import { percentileMs } from '../analysis/histogram.ts';
import type { Assessment, Verdict } from '../analysis/verdict.ts';
import type { State } from './machine.ts';

const CELLS = 8;
const NONE = '–';

export const VERDICT_COLOURS: Readonly<Record<Verdict, Colour>> = {
  healthy: 'green',
  failing: 'red',
  inconclusive: 'yellow',
  'no-data': 'cyan',
};

function share(bad: number, all: number): string {
  return (all === 0 ? NONE : formatShare(bad / all)).padStart(10);
}

/** `███████░  3m45s / 5m`: of the bake, or of the watch, so much is complete. */
export function describeProgress(doneMs: number, wholeMs: number): string {
  const cells = wholeMs <= 0 ? CELLS : Math.min(CELLS, Math.floor((CELLS * Math.max(0, doneMs)) / wholeMs));
  const done = formatDuration(Math.floor(Math.max(0, doneMs) / 1000) * 1000);
  return `${'█'.repeat(cells)}${'░'.repeat(CELLS - cells)} ${done.padStart(6)} / ${formatDuration(wholeMs).padEnd(6)}`;
}

/** Of one arm, always as wide: `   312 req     0.32 % err P95   120 ms`, and the probes where there are any. */
function arm({ requests, errors, latencies, probes }: ArmCounts, probed: boolean): string {
  const p95 = latencies && percentileMs(latencies, 0.95);
  const latency = p95 === undefined ? `${NONE.padStart(5)}   ` : `${String(Math.round(p95)).padStart(5)} ms`;
  const users = `${String(requests).padStart(6)} req ${share(errors, requests)} err P95 ${latency}`;
  if (!probed) return users;
  const sent = probes?.requests ?? 0;
  return `${users} + ${String(sent).padStart(5)} probes ${share(probes?.errors ?? 0, sent)} err`;
}

/** The arm with what has convicted, which may be older than the step, so that line and verdict agree. */
function convicted(counts: ArmCounts, finding: Finding | undefined, of: 'canary' | 'stable'): ArmCounts {
  const { n, bad } = finding?.[of] ?? { n: 0, bad: 0 };
  if (finding?.check === 'probe-errors') return { ...counts, probes: { requests: n, errors: bad } };
  if (finding?.check === 'error-rate') return { ...counts, requests: n, errors: bad };
  return counts;
}

/** One line a poll, in columns: step, verdict, progress, both arms; and, as wide as it is, what it waits for. */
export function pollLine(
  { plan, phase, step }: State,
  assessment: Assessment,
  coveredMs: number,
  probed: boolean,
  wait: string,
): Line {
  const { verdict, heldMs, canary, stable, findings } = assessment;
  const watching = phase === 'watching';
  const where = watching ? 'watch' : `${plan.steps[step] ?? 100} %`;
  const finding = verdict === 'failing' ? findings?.[0] : undefined;
  const arms = [
    `canary ${arm(convicted(canary, finding, 'canary'), probed)}`,
    `stable ${arm(convicted(stable, finding, 'stable'), probed)}`,
  ];
  const progress = describeProgress(coveredMs - heldMs, watching ? plan.watchMs : plan.bakeMs);
  return [
    `${where.padStart(5)} | `,
    { text: verdict.padEnd(12), colour: VERDICT_COLOURS[verdict] },
    ` | ${progress} | ${arms.join(' | ')} | ${wait}`,
  ];
}
