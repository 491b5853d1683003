import { code, table } from '../../action/markdown.ts';
import { formatShare } from '../../action/share.ts';
import type { Count } from '../../analysis/eprocess.ts';
import type { Finding } from '../../analysis/finding.ts';
import type { Ending, StepReport } from '../../rollout/machine.ts';
import { shorten } from './blocks.ts';

const REASON = 1000;

function share({ n, bad }: Count): string {
  return n === 0 ? '–' : formatShare(bad / n);
}

/** `20.5 ×`, against stable's share. */
function ratio(canary: Count, stable: Count): string {
  if (canary.n === 0 || stable.n === 0 || stable.bad === 0) return '–';
  return `${Number((canary.bad / canary.n / (stable.bad / stable.n)).toPrecision(2))} ×`;
}

function row({ check, of, canary, stable, limit }: Finding): string[] {
  return [
    check,
    share(canary),
    `at most ${formatShare(limit)}`,
    share(stable),
    ratio(canary, stable),
    `${canary.n} and ${stable.n} ${of}`,
  ];
}

const HEADERS = ['Check', 'Canary', 'Limit', 'Stable', 'Canary against stable', 'Counted'];

/** The evidence that decided: each check's share of bad ones, its limits, how many were counted, how sure that is. */
export function evidence(ending: Ending, steps: readonly StepReport[], confidence: number): string[] {
  const findings = steps.at(-1)?.assessment?.findings ?? [];
  return [
    '### What decided',
    code(shorten(ending.reason, REASON)),
    findings.length > 0 ? table(HEADERS, findings.map(row)) : '',
    findings.length > 0
      ? `Each step is judged with a confidence of ${formatShare(confidence)} for the whole rollout: a release within its limits is rolled back in at most ${formatShare(1 - confidence)} of rollouts.`
      : '',
  ];
}
