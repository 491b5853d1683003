import type { protos } from '@google-cloud/run';

/** The API's own shapes, under short names. */
export type Service = protos.google.cloud.run.v2.IService;
export type Revision = protos.google.cloud.run.v2.IRevision;
export type RevisionTemplate = protos.google.cloud.run.v2.IRevisionTemplate;
export type Container = protos.google.cloud.run.v2.IContainer;
export type EnvVar = protos.google.cloud.run.v2.IEnvVar;
export type Condition = protos.google.cloud.run.v2.ICondition;
export type TrafficTarget = protos.google.cloud.run.v2.ITrafficTarget;

/** Where a service lives. */
export type ServiceId = { project: string; region: string; service: string };

/** `projects/P/locations/R/services/S`, the API's full resource name. */
export function serviceName({ project, region, service }: ServiceId): string {
  return `projects/${project}/locations/${region}/services/${service}`;
}

/** `projects/P/locations/R/services/S/revisions/V`. */
export function revisionName(id: ServiceId, revision: string): string {
  return `${serviceName(id)}/revisions/${revision}`;
}

/** The last segment of a resource name; a bare id is returned as it is. */
export function idOf(resourceName: string | null | undefined): string {
  return resourceName?.split('/').at(-1) ?? '';
}

/** The container that receives requests: the one with a port, or the only one. */
export function ingressContainer(containers: readonly Container[]): Container | undefined {
  return containers.find((container) => (container.ports ?? []).length > 0) ?? containers[0];
}
