import { isReady } from '@apex-actions/shared/cloudrun/conditions';
import { revisionNumber, servedImage } from '@apex-actions/shared/cloudrun/names';
import { IMAGE_ANNOTATION } from '@apex-actions/shared/cloudrun/release';
import { idOf, type Revision } from '@apex-actions/shared/cloudrun/resources';
import type { LastServed } from '@apex-actions/shared/metrics/last-served';
import { fledRevisions, type HistoryEntry, previousRevision } from '@apex-actions/shared/rollout/history';

/** The target and how it was found, or why none could be named. */
export type Choice =
  | { ok: true; revision: string; how: string }
  | { ok: false; problem: string; next: string };

export type ChooseFrom = {
  service: string;
  to: string;
  /** Newest first. */
  revisions: readonly Revision[];
  history: readonly HistoryEntry[];
  /** The newest of the revisions that have traffic now. */
  current: string;
  /** What Cloud Monitoring still remembers; empty when it was not asked. */
  lastServed: readonly LastServed[];
};

function list(revisions: readonly Revision[]): string {
  const shown = revisions.slice(0, 5).map(({ name }) => idOf(name));
  return shown.length === 0 ? 'none' : shown.join(', ');
}

function choosePrevious({ service, revisions, history, current, lastServed }: ChooseFrom): Choice {
  const remembered = previousRevision(history, current);
  if (remembered) {
    return {
      ok: true,
      revision: remembered,
      how: 'the last revision that held all the traffic before, according to the history',
    };
  }
  const unknown = history.length === 0 ? 'the service has no history of ours' : 'the history names none';
  const fled = fledRevisions(history);
  const others = revisions.filter((revision) => {
    const id = idOf(revision.name);
    return id !== current && isReady(revision) && !fled.has(id);
  });
  const [only] = others;
  if (only && others.length === 1) {
    return {
      ok: true,
      revision: idOf(only.name),
      how: `the only other revision that is Ready (${unknown})`,
    };
  }
  const served = lastServed
    .filter(({ revision }) => others.some(({ name }) => idOf(name) === revision))
    .toSorted((a, b) => b.atMs - a.atMs)[0];
  if (served) {
    const at = new Date(served.atMs).toISOString();
    return {
      ok: true,
      revision: served.revision,
      how: `the revision that last carried most of the requests before, until ${at}, according to Cloud Monitoring (${unknown})`,
    };
  }
  return {
    ok: false,
    problem: `It is not clear which revision of ${service} served before: ${unknown}, and Cloud Monitoring shows no other revision with most of the requests. Ready besides ${current}, and never fled: ${list(others)}`,
    next: 'Name the target with `to`: a revision or its number',
  };
}

function matches(revision: Revision, service: string, to: string): string | undefined {
  const id = idOf(revision.name);
  const images = [servedImage(revision.containers), revision.annotations?.[IMAGE_ANNOTATION] ?? ''];
  if (id === to) return 'named in full';
  if (/^\d+$/.test(to) && revisionNumber(service, id) === Number(to)) return `number ${to}`;
  if (images.some((image) => image.split('@')[0]?.endsWith(`:${to}`))) return `image tag ${to}`;
  const commit = revision.labels?.['apex-commit'] ?? '';
  if (/^[0-9a-f]{7,40}$/i.test(to) && commit.startsWith(to.toLowerCase())) return `commit ${to}`;
  return undefined;
}

/** Which revision to go back to. Refuses to guess when the answer is not clear. */
export function chooseTarget(from: ChooseFrom): Choice {
  if (from.to === 'previous') return choosePrevious(from);
  const found = from.revisions.flatMap((revision) => {
    const how = matches(revision, from.service, from.to);
    return how ? [{ revision: idOf(revision.name), how }] : [];
  });
  const exact =
    found.find(({ how }) => how === 'named in full') ?? (found.length === 1 ? found[0] : undefined);
  if (exact) return { ok: true, ...exact };
  return found.length === 0
    ? {
        ok: false,
        problem: `No revision of ${from.service} is "${from.to}", carries that number, image tag or commit. The newest are: ${list(from.revisions)}`,
        next: 'Correct `to`',
      }
    : {
        ok: false,
        problem: `"${from.to}" fits several revisions of ${from.service}: ${found.map(({ revision }) => revision).join(', ')}`,
        next: 'Name one of them in full with `to`',
      };
}
