import { code, table } from '../action/markdown.ts';
import { formatShare } from '../action/share.ts';
import type { ArmCounts } from '../analysis/evidence.ts';
import type { StepReport } from '../rollout/machine.ts';

/** Of a run on GitHub's pages; the address is made of the runner's own variables. */
function runLink(runUrl: string): string {
  return `[Run](${encodeURI(runUrl)})`;
}

function errors({ requests, errors: bad }: ArmCounts): string {
  return requests === 0 ? '–' : `${formatShare(bad / requests)} of ${requests}`;
}

function stepRow({ percent, assessment }: StepReport): string[] {
  if (!assessment) return [`${percent} %`, '–', '–', '–'];
  const { canary, stable, verdict } = assessment;
  return [`${percent} %`, errors(canary), errors(stable), verdict];
}

type CommentParts = {
  marker: string;
  /** Begins with a symbol; plain text. */
  headline: string;
  service: string;
  environment: string;
  reason: string;
  steps: readonly StepReport[];
  revision: string;
  runUrl: string;
};

/** The comment on the pull request that is released. */
export function commentBody(parts: CommentParts): string {
  const { headline, service, environment, reason, steps, revision, runUrl } = parts;
  const where = environment === service ? '' : ` in ${code(environment)}`;
  return [
    parts.marker,
    `### ${headline}: ${code(service)}${where}`,
    ...(reason === '' ? [] : [code(reason)]),
    ...(steps.length === 0
      ? []
      : [table(['Step', 'Canary errors', 'Stable errors', 'Verdict'], steps.map(stepRow))]),
    `${revision === '' ? '' : `${code(revision)} · `}${runLink(runUrl)}`,
  ].join('\n\n');
}

const SHORT_DIGEST = 12;

/** Of an image that is named by digest its digest, else the whole name. */
export function digestOf(image: string): string {
  return image.split('@')[1] ?? image;
}

export function issueTitle(service: string, digest: string): string {
  const [, short = ''] = /^sha256:([0-9a-f]+)$/.exec(digest) ?? [];
  return `Rolled back: ${service}${short === '' ? '' : ` ${short.slice(0, SHORT_DIGEST)}`}`;
}

/** GitHub accepts 65536 characters. */
const LONGEST_BODY = 60_000;

export function issueBody(mark: string, summary: string, runUrl: string): string {
  const cut = summary.length > LONGEST_BODY ? `${summary.slice(0, LONGEST_BODY)}\n\n…` : summary.trimEnd();
  return `${mark}\n\n${cut}\n\n${runLink(runUrl)}\n`;
}
