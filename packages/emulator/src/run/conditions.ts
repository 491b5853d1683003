import type { Dated, Outcome, RevisionRecord } from './state.ts';
import type { CommonReason, Condition, RevisionReason, Timestamp } from './types.ts';

export function timestamp(date: Date): Timestamp {
  const ms = date.getTime();
  return { seconds: String(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1e6 };
}

/** Reasons that the API lists under `revision_reason`; all others are common ones. */
const REVISION_REASONS: ReadonlySet<string> = new Set<RevisionReason>([
  'PENDING',
  'RESERVE',
  'RETIRED',
  'RETIRING',
  'RECREATING',
  'HEALTH_CHECK_CONTAINER_ERROR',
  'CUSTOMIZED_PATH_RESPONSE_PENDING',
  'MIN_INSTANCES_NOT_PROVISIONED',
  'ACTIVE_REVISION_LIMIT_REACHED',
  'NO_DEPLOYMENT',
  'HEALTH_CHECK_SKIPPED',
  'MIN_INSTANCES_WARMING',
]);

const COMMON_REASONS: ReadonlySet<string> = new Set<CommonReason>([
  'UNKNOWN',
  'REVISION_FAILED',
  'PROGRESS_DEADLINE_EXCEEDED',
  'CONTAINER_MISSING',
  'CONTAINER_PERMISSION_DENIED',
  'CONTAINER_IMAGE_UNAUTHORIZED',
  'CONTAINER_IMAGE_AUTHORIZATION_CHECK_FAILED',
  'ENCRYPTION_KEY_PERMISSION_DENIED',
  'ENCRYPTION_KEY_CHECK_FAILED',
  'SECRETS_ACCESS_CHECK_FAILED',
  'WAITING_FOR_OPERATION',
  'IMMEDIATE_RETRY',
  'POSTPONED_RETRY',
  'INTERNAL',
  'VPC_NETWORK_NOT_FOUND',
]);

function reasonField(reason: string): Condition {
  if (REVISION_REASONS.has(reason)) {
    return { revisionReason: reason as RevisionReason };
  }
  return { reason: COMMON_REASONS.has(reason) ? (reason as CommonReason) : 'UNKNOWN' };
}

export function condition(type: string, outcome: Outcome, since: Date): Condition {
  const base = { type, lastTransitionTime: timestamp(since) };
  switch (outcome.state) {
    case 'pending':
      return { ...base, state: 'CONDITION_RECONCILING' };
    case 'succeeded':
      return { ...base, state: 'CONDITION_SUCCEEDED' };
    case 'failed':
      return { ...base, state: 'CONDITION_FAILED', message: outcome.message, ...reasonField(outcome.reason) };
  }
}

export function revisionOutcome({ state }: Pick<RevisionRecord, 'state'>): Dated<Outcome> {
  return state.state === 'ready' ? { state: 'succeeded', since: state.since } : { ...state };
}

/** `isActive`: the revision gets traffic or has a tag. */
export function revisionConditions(record: RevisionRecord, isActive: boolean): Condition[] {
  const outcome = revisionOutcome(record);
  const { since } = outcome;
  const resources: Outcome = outcome.state === 'failed' ? { state: 'succeeded' } : outcome;
  const active = condition('Active', outcome, since);
  return [
    condition('Ready', outcome, since),
    isActive || outcome.state !== 'succeeded'
      ? active
      : {
          ...active,
          state: 'CONDITION_FAILED',
          message: 'Revision retired.',
          severity: 'INFO',
          revisionReason: 'RETIRED',
        },
    condition('ContainerHealthy', outcome, since),
    condition('ResourcesAvailable', resources, since),
  ];
}
