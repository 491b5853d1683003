import { isRecord, type MessageValue } from './schema.ts';
import type { StatusName } from './status.ts';

export type CallRecord = {
  /** E.g. `google.cloud.run.v2.Services/UpdateService`. */
  method: string;
  /** RFC 3339, when the call came in. */
  time: string;
  /** What tests and people look for in a request; not the whole of it. */
  request: MessageValue;
  /** Name of the gRPC status, or `PENDING` while the call is under way. */
  code: StatusName | 'PENDING';
  message?: string;
};

const SCALARS_WORTH_NOTING = [
  'name',
  'parent',
  'resource',
  'serviceId',
  'etag',
  'filter',
  'orderBy',
  'view',
  'pageSize',
  'pageToken',
  'validateOnly',
  'allowMissing',
];

export function summarize(request: unknown): MessageValue {
  if (!isRecord(request)) {
    return {};
  }
  const summary: MessageValue = {};
  for (const key of SCALARS_WORTH_NOTING) {
    if (request[key] !== undefined && request[key] !== '') {
      summary[key] = request[key];
    }
  }
  for (const key of ['interval', 'aggregation', 'policy', 'permissions', 'overrides', 'resourceNames']) {
    if (request[key] !== undefined) {
      summary[key] = request[key];
    }
  }
  if (isRecord(request.updateMask)) {
    summary.updateMask = request.updateMask.paths ?? [];
  }
  for (const key of ['service', 'job']) {
    const resource = request[key];
    if (isRecord(resource)) {
      summary[key] = summarizeResource(resource);
    }
  }
  return summary;
}

function summarizeResource(service: MessageValue): MessageValue {
  const template = isRecord(service.template) ? service.template : {};
  // A job's template is that of its executions, which has that of their tasks.
  const task = isRecord(template.template) ? template.template : template;
  const containers = Array.isArray(task.containers) ? task.containers : [];
  const entries = {
    name: service.name,
    etag: service.etag,
    annotations: service.annotations,
    labels: service.labels,
    revision: template.revision,
    images:
      containers.length === 0
        ? undefined
        : containers.map((container) => isRecord(container) && container.image),
    traffic: service.traffic,
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
