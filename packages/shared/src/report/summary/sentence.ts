import { code } from '../../action/markdown.ts';
import { formatShare } from '../../action/share.ts';
import type { Finding } from '../../analysis/finding.ts';
import { describeExposure } from '../../rollout/exposure.ts';
import { shorten } from './blocks.ts';
import { HEADLINES, named, namedSplit } from './names.ts';
import type { RolloutReport } from './rollout.ts';

const REASON = 300;

export function headline({ id, ending }: Pick<RolloutReport, 'id' | 'ending'>): string {
  return `## ${HEADLINES[ending.outcome]}: ${named(id.service)}`;
}

const BAD: Readonly<Record<Finding['check'], string>> = {
  'error-rate': 'of the requests failed',
  'probe-errors': 'of our probes failed',
  'latency-p95': 'of the requests were too slow',
  'latency-ratio': 'of the requests were much slower than usual',
};

/** `4.1 % of the requests failed, against 0.2 % with the version before` */
function compared({ check, canary, stable }: Finding): string {
  const share = (arm: Finding['canary']) => formatShare(arm.n === 0 ? 0 : arm.bad / arm.n);
  const before = stable.n > 0 ? `, against ${share(stable)} with the version before` : '';
  return `${share(canary)} ${BAD[check]}${before}`;
}

/** Why, in words that need no knowledge of the method. */
function why({ canary, ending, steps, exposure }: RolloutReport): string {
  const { outcome, verdict, reason } = ending;
  const assessment = steps.at(-1)?.assessment;
  const finding = assessment?.findings?.find((each) => each.canary.n > 0);
  const reasonGiven = code(shorten(reason, REASON));
  if (outcome === 'promoted' || outcome === 'held') {
    if (!assessment) return 'it was given to all users at once, without a canary to judge';
    const seen = finding ? `: ${compared(finding)}` : '';
    if (verdict === 'healthy') return `every check was within its limit${seen}`;
    return `its traffic proved too little for a verdict${seen}`;
  }
  if (outcome === 'aborted') return `it was stopped without a verdict: ${reasonGiven}`;
  if (outcome === 'handed-over') return `somebody else changed the traffic: ${reasonGiven}`;
  if (exposure === 'nobody') return `${named(canary)} was not fit to serve: ${reasonGiven}`;
  return finding && assessment?.check === finding.check
    ? `with ${named(canary)} ${compared(finding)}`
    : `with ${named(canary)} a check failed: ${reasonGiven}`;
}

/** Who has what now. */
function now({ canary, stable, ending }: RolloutReport): string {
  if (!ending.closed)
    return 'the last change of the traffic could not be made or seen, and the post step tries again';
  switch (ending.outcome) {
    case 'promoted':
      return `${named(canary)} serves all users`;
    case 'held':
      return `${named(canary)} keeps its share of the users until the rollout is resumed or rolled back`;
    case 'handed-over':
      return 'it was left as they set it';
    default:
      return stable.length === 1
        ? `everybody is on ${namedSplit(stable)}`
        : `users have ${namedSplit(stable)}`;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The verdict in the words of a manager: what happened, who saw it and for how long, and who has what now. */
export function verdictSentence(report: RolloutReport): string {
  const { ending, canary, exposure } = report;
  if (ending.closed && ending.outcome === 'promoted')
    return `**${sentence(now(report))}.** ${sentence(why(report))}.`;
  const had =
    ending.outcome === 'handed-over' ? '' : ` ${sentence(describeExposure(exposure, named(canary)))};`;
  return `**${sentence(why(report))}.**${had} ${had ? now(report) : sentence(now(report))}.`;
}
