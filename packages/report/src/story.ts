import { formatDuration } from '@apex-actions/shared/action/duration';
import { formatShare } from '@apex-actions/shared/action/share';
import type { Journal, JournalArm, JournalPoll } from '@apex-actions/shared/report/journal';

type Totals = { canary: JournalArm; stable: JournalArm };

/** Everything that both arms showed while the canary had users. */
export function totalsOf({ intervals }: Pick<Journal, 'intervals'>): Totals {
  const sum = (arm: 'canary' | 'stable'): JournalArm =>
    intervals.reduce<JournalArm>(
      (total, { [arm]: counts }) => ({
        requests: total.requests + counts.requests,
        errors: total.errors + counts.errors,
        slow: (total.slow ?? 0) + (counts.slow ?? 0),
      }),
      { requests: 0, errors: 0, slow: 0 },
    );
  return { canary: sum('canary'), stable: sum('stable') };
}

/** The poll at which the rollout was decided; of a promotion the last one before it. */
export function decidingPoll({ polls, ending }: Pick<Journal, 'polls' | 'ending'>): JournalPoll | undefined {
  if (!ending) return undefined;
  if (ending.verdict === 'failing') return polls.findLast(({ verdict }) => verdict === 'failing');
  if (ending.outcome === 'promoted') return polls.findLast(({ phase }) => phase === 'baking');
  return polls.at(-1);
}

/** How long the canary had users before they were taken away, or until the end. */
export function exposureMs({ shifts, endMs }: Pick<Journal, 'shifts' | 'endMs'>): number {
  const first = shifts.find(({ percent }) => percent > 0);
  if (!first) return 0;
  const last = shifts.at(-1);
  return (last?.percent === 0 ? last.atMs : endMs) - first.atMs;
}

const LONGEST = 240;

/** As much of a text as a sentence can hold; all of it is in the data. */
export function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function shareOf(bad: number, { requests }: JournalArm): string {
  return formatShare(requests === 0 ? 0 : bad / requests);
}

/** `4.1 % of the canary's requests failed, against 0.2 % of stable's` */
function comparison(journal: Journal): string | undefined {
  const { canary, stable } = totalsOf(journal);
  const check = decidingPoll(journal)?.check;
  const beside = (bad: number, of: string) =>
    stable.requests === 0 ? '' : `, against ${shareOf(bad, stable)} of stable’s${of}`;
  if (canary.requests === 0) return undefined;
  if (check === undefined || check === 'error-rate')
    return `${shareOf(canary.errors, canary)} of the canary’s requests failed${beside(stable.errors, '')}`;
  if (check === 'latency-p95')
    return `${shareOf(canary.slow ?? 0, canary)} of the canary’s requests were slower than the limit${beside(stable.slow ?? 0, '')}`;
  return undefined;
}

function rolloutHeadline(journal: Journal): string {
  const { ending } = journal;
  if (!ending) return short(journal.error ?? journal.log.at(-1)?.text ?? 'Nothing was rolled out');
  const exposed = exposureMs(journal);
  const had = exposed > 0 ? `users had it for ${formatDuration(exposed)}` : 'no user ever had it';
  const why = ending.verdict === 'failing' && exposed > 0 ? comparison(journal) : undefined;
  switch (ending.outcome) {
    case 'promoted': {
      const seen = journal.intervals.length > 0 ? comparison(journal) : undefined;
      return `Promoted: ${short(journal.canary ?? 'the release')} serves all users; ${seen ?? short(ending.reason)}`;
    }
    case 'rolled-back':
      return `Rolled back: ${why ?? short(ending.reason)}; ${had}`;
    case 'held':
      return `Held: ${short(ending.reason)}`;
    case 'handed-over':
      return `Handed over: ${short(ending.reason)}`;
    default:
      return `Stopped without a verdict: ${short(ending.reason)}; ${had}`;
  }
}

function rollbackHeadline({ rollback, changes, error, log }: Journal): string {
  const moved = changes.find(({ split }) => split !== undefined);
  if (!rollback) return short(error ?? log.at(-1)?.text ?? 'Nothing was rolled back');
  const to = rollback.to
    .map(({ revision, percent }) => (percent === 100 ? short(revision) : `${short(revision)} ${percent} %`))
    .join(', ');
  if (!moved) return error ? `Not rolled back: ${short(error)}` : `Nothing was moved: users have ${to}`;
  const had = rollback.badSince
    ? `; they were on what they left for ${rollback.badSince.exact ? '' : 'at most '}${formatDuration(moved.atMs - rollback.badSince.atMs)}`
    : '';
  return error ? `Moved, but not well: ${short(error)}` : `All users have ${to}${had}`;
}

/** How it ended, in one sentence. */
export function headline(journal: Journal): string {
  const text = journal.action === 'rollback' ? rollbackHeadline(journal) : rolloutHeadline(journal);
  // A figure stays beside its unit.
  return text.replaceAll(' %', '\u00a0%');
}

/** Good, bad or neither: the colour of the headline, never its only sign. */
export function mood({ action, ending, error, changes }: Journal): 'good' | 'bad' | 'neither' {
  if (action === 'rollback') return error ? 'bad' : changes.length > 0 ? 'good' : 'neither';
  if (ending?.outcome === 'promoted') return 'good';
  return ending?.outcome === 'rolled-back' || error ? 'bad' : 'neither';
}
