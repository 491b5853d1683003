import { z } from 'zod';
import { isEarlierAttempt, type RunContext } from '../action/context.ts';
import type { Service } from '../cloudrun/resources.ts';

export const RECORD_ANNOTATION = 'apex.dev/rollout';

const split = z
  .array(z.object({ revision: z.string(), percent: z.number().int().min(0).max(100) }))
  .readonly();

const recordSchema = z.object({
  version: z.literal(1),
  /** One run of canary-deploy; ours is recognised by it. */
  id: z.string(),
  runId: z.string().optional(),
  job: z.string().optional(),
  attempt: z.number().int().optional(),
  runUrl: z.string().optional(),
  actor: z.string().optional(),
  startedAt: z.iso.datetime(),
  /** When the canary first had users. */
  servedSince: z.iso.datetime().optional(),
  /** Without a newer write by then the run is dead and anybody may repair what it left. */
  leaseUntil: z.iso.datetime(),
  /** `held`: no run is behind it; it waits until `leaseUntil` to be resumed. */
  phase: z.enum(['deploying', 'baking', 'watching', 'held']),
  percent: z.number().int().min(0).max(100),
  canary: z.string(),
  tag: z.string(),
  /** Points at a stable revision while probes are sent. */
  stableTag: z.string().optional(),
  image: z.string(),
  stable: split,
});

/** The rollout's durable state, kept on the service itself, so that stable can be restored from the service alone. */
export type RolloutRecord = z.infer<typeof recordSchema>;

export type ReadRecord =
  | { kind: 'none' }
  | { kind: 'record'; record: RolloutRecord }
  | { kind: 'unreadable'; text: string };

/** Reads the record. One that is not ours to understand (a newer version, an edited text) is `unreadable`, not absent. */
export function readRecord(service: Service): ReadRecord {
  const text = service.annotations?.[RECORD_ANNOTATION];
  if (!text) return { kind: 'none' };
  try {
    return { kind: 'record', record: recordSchema.parse(JSON.parse(text)) };
  } catch {
    return { kind: 'unreadable', text };
  }
}

/** The service's annotations with this record, or without any. */
export function withRecord(
  annotations: Record<string, string>,
  record: RolloutRecord | undefined,
): Record<string, string> {
  const { [RECORD_ANNOTATION]: _, ...others } = annotations;
  return record ? { ...others, [RECORD_ANNOTATION]: JSON.stringify(record) } : others;
}

/** How far the clock of the run that wrote the lease may be from the clock of the one that reads it. */
const SKEW_MS = 5 * 60_000;

/**
 * Dead: past its lease, or an earlier attempt of the very job that asks, which is over when a later one runs. A lease is
 * renewed at half time, so a live run is taken for dead only if the clocks are 10 minutes apart.
 */
export function isAbandoned(record: RolloutRecord, nowMs: number, claimant: RunContext): boolean {
  if (isEarlierAttempt(record, claimant) && record.phase !== 'held') return true;
  return nowMs > Date.parse(record.leaseUntil) + SKEW_MS;
}
