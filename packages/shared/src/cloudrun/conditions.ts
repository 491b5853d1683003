import type { Condition, Revision, Service } from './resources.ts';

function condition(conditions: readonly Condition[] | null | undefined, type: string): Condition | undefined {
  return (conditions ?? []).find((candidate) => candidate.type === type);
}

function succeeded(candidate: Condition | null | undefined): boolean {
  return candidate?.state === 'CONDITION_SUCCEEDED' || candidate?.state === 4;
}

function failed(candidate: Condition | null | undefined): boolean {
  return candidate?.state === 'CONDITION_FAILED' || candidate?.state === 3;
}

/** Why something is not as it is to be, in Cloud Run's own words. */
export function conditionFailure(candidate: Condition | null | undefined): string | undefined {
  return failed(candidate) ? candidate?.message || 'Cloud Run gave no reason' : undefined;
}

/** A revision that can take traffic. */
export function isReady(revision: Revision): boolean {
  return succeeded(condition(revision.conditions, 'Ready'));
}

/** Why a revision is not Ready, in Cloud Run's own words. */
export function revisionFailure(revision: Revision): string | undefined {
  return conditionFailure(condition(revision.conditions, 'Ready'));
}

/**
 * True when Cloud Run has nothing in progress. `observedGeneration` is not asked: after a failed reconciliation it stays
 * at the last generation that served (comment on `Service.reconciling` in service.proto).
 */
export function isSettled(service: Service): boolean {
  return !service.reconciling;
}

/** Why the service is not in order; the useful text is on `ConfigurationsReady` or `RoutesReady`, else on the whole. */
export function serviceFailure(service: Service): string | undefined {
  const candidates = [
    condition(service.conditions, 'ConfigurationsReady'),
    condition(service.conditions, 'RoutesReady'),
    service.terminalCondition,
  ];
  return candidates.find((candidate) => failed(candidate) && candidate?.message)?.message ?? undefined;
}
