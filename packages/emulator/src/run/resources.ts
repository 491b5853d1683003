import { condition, revisionConditions, timestamp } from './conditions.ts';
import { revisionName, serviceName } from './names.ts';
import { etagOf, isSettled, overallOutcome, type RevisionRecord, type ServiceRecord } from './state.ts';
import { LATEST, type Revision, type Service, type TrafficTargetStatus } from './types.ts';

/** A deleted resource is kept for 30 days before it goes for good. */
const EXPIRY_MS = 30 * 24 * 3_600_000;

export function serviceResource(record: ServiceRecord): Service {
  const { spec, name, uri, deleteTime } = record;
  const revision = (id: string) => revisionName({ ...name, revision: id });
  const overall = overallOutcome(record);
  const since = latest(record.configurations.since, record.routes.since);
  const isVisible = uri !== undefined && spec.defaultUriDisabled !== true;
  return {
    ...spec,
    name: serviceName(name),
    uid: record.uid,
    generation: String(record.generation),
    observedGeneration: String(record.observedGeneration),
    createTime: timestamp(record.createTime),
    updateTime: timestamp(record.updateTime),
    ...(deleteTime === undefined
      ? {}
      : {
          deleteTime: timestamp(deleteTime),
          expireTime: timestamp(new Date(deleteTime.getTime() + EXPIRY_MS)),
        }),
    creator: record.creator,
    lastModifier: record.lastModifier,
    terminalCondition: condition('Ready', overall, since),
    conditions: [
      condition('RoutesReady', record.routes, record.routes.since),
      condition('ConfigurationsReady', record.configurations, record.configurations.since),
    ],
    ...(record.latestReady === undefined ? {} : { latestReadyRevision: revision(record.latestReady) }),
    ...(record.latestCreated === undefined ? {} : { latestCreatedRevision: revision(record.latestCreated) }),
    trafficStatuses: record.served,
    ...(isVisible ? { uri, urls: [uri] } : {}),
    reconciling: !isSettled(record),
    etag: etagOf(record),
  };
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

export function revisionResource(service: ServiceRecord, record: RevisionRecord): Revision {
  const name = { ...service.name, revision: record.id };
  const { healthCheckDisabled: _, ...config } = record.config;
  const created = timestamp(record.createTime);
  return {
    ...config,
    name: revisionName(name),
    uid: record.uid,
    generation: '1',
    observedGeneration: record.state.state === 'pending' ? '0' : '1',
    createTime: created,
    updateTime: timestamp(record.state.since),
    launchStage: service.spec.launchStage ?? 'GA',
    service: service.name.service,
    creator: record.creator,
    reconciling: record.state.state === 'pending',
    conditions: revisionConditions(record, isReferenced(service, record.id)),
    logUri: logUri(service, record.id),
    scalingStatus: { desiredMinInstanceCount: config.scaling?.minInstanceCount ?? 0 },
    etag: `"${Buffer.from(record.uid).toString('base64url')}"`,
  };
}

/** Whether traffic or a tag leads to a revision, as written or as served. */
export function isReferenced(service: ServiceRecord, id: string): boolean {
  const leadsTo = ({ type, revision }: TrafficTargetStatus) =>
    type === LATEST ? service.latestReady === id : revision === id;
  return [...(service.spec.traffic ?? []), ...service.served].some(leadsTo);
}

function logUri({ name }: ServiceRecord, revision: string): string {
  const filter = [
    'resource.type="cloud_run_revision"',
    `resource.labels.service_name="${name.service}"`,
    `resource.labels.revision_name="${revision}"`,
  ].join('\n');
  const resource = `cloud_run_revision/service_name/${name.service}/revision_name/${revision}`;
  return `https://console.cloud.google.com/logs/viewer?project=${name.project}&resource=${resource}&advancedFilter=${encodeURIComponent(filter)}`;
}
