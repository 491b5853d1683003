import { z } from 'zod';
import type { Service } from '../cloudrun/resources.ts';
import type { Split } from '../cloudrun/traffic.ts';

const HISTORY_ANNOTATION = 'apex.dev/history';
const KEPT = 20;
const MAX_REASON = 200;

const split = z.array(z.object({ revision: z.string(), percent: z.number() })).readonly();

const entrySchema = z.object({
  at: z.iso.datetime(),
  /** What happened: a rollout's outcome, or a rollback by hand. */
  outcome: z.enum(['promoted', 'rolled-back', 'aborted', 'handed-over', 'rollback']),
  /** The revision it was about: the canary, or the target of a rollback. */
  revision: z.string(),
  image: z.string(),
  /** Who had the users before and after. */
  from: split,
  to: split,
  /** When the revision first had users, where it had any. */
  servedSince: z.iso.datetime().optional(),
  reason: z.string().optional(),
  /** What it went on in spite of. */
  forced: z.string().optional(),
  actor: z.string().optional(),
  runUrl: z.string().optional(),
});

/** One line of the service's history. */
export type HistoryEntry = z.infer<typeof entrySchema>;

/** Newest first. An entry that cannot be read is left out; the others still tell what they know. */
export function readHistory(service: Service): HistoryEntry[] {
  const text = service.annotations?.[HISTORY_ANNOTATION];
  if (!text) return [];
  try {
    const entries: unknown = JSON.parse(text);
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry) => {
      const parsed = entrySchema.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    });
  } catch {
    return [];
  }
}

/** The annotations with one more entry in front; the last 20 are kept. */
export function withHistory(
  annotations: Record<string, string>,
  entry: HistoryEntry,
): Record<string, string> {
  const { reason, forced, ...rest } = entry;
  const short: HistoryEntry = {
    ...rest,
    ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) }),
    ...(forced === undefined ? {} : { forced: forced.slice(0, MAX_REASON) }),
  };
  const entries = [short, ...readHistory({ annotations })].slice(0, KEPT);
  return { ...annotations, [HISTORY_ANNOTATION]: JSON.stringify(entries) };
}

function soleRevision(part: Split): string | undefined {
  return part.length === 1 ? part[0]?.revision : undefined;
}

/** The revisions that an entry took users away from because they were bad. */
function revisionsFled({ outcome, revision, from, to }: HistoryEntry): string[] {
  if (outcome === 'rolled-back') return [revision];
  if (outcome !== 'rollback') return [];
  return from.map((part) => part.revision).filter((left) => !to.some((part) => part.revision === left));
}

/** Every revision that somebody had to flee: going back to one is not a rollback. */
export function fledRevisions(history: readonly HistoryEntry[]): ReadonlySet<string> {
  return new Set(history.flatMap(revisionsFled));
}

/**
 * The last revision that held all the traffic before `current` did, leaving out those that were fled. `undefined` when
 * the history does not say.
 */
export function previousRevision(history: readonly HistoryEntry[], current: string): string | undefined {
  const fled = fledRevisions(history);
  const holders = history.flatMap((entry) => [soleRevision(entry.to), soleRevision(entry.from)]);
  return holders.find((revision) => revision !== undefined && revision !== current && !fled.has(revision));
}

/** When `revision` last began to serve users, as far as the history knows. */
export function servedSince(history: readonly HistoryEntry[], revision: string): string | undefined {
  const began = history.find(
    (entry) => entry.revision === revision && entry.to.some((part) => part.revision === revision),
  );
  return began && (began.servedSince ?? began.at);
}
