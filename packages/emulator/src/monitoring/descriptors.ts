import type { protos } from '@google-cloud/monitoring';
import { type Filter, matches, parseFilter } from './filter.ts';
import { type Metric, metrics, resourceType } from './metrics.ts';
import { decodeToken, encodeToken, fingerprint, pageOf } from './paging.ts';
import { invalidArgument, notFound, unimplemented } from './rpc-error.ts';
import { toTimestamp } from './wire.ts';

type MetricDescriptor = protos.google.api.IMetricDescriptor;

export type Delays = { project: string; samplePeriodMs: number; ingestDelayMs: number };

/** What `MetricService.GetMetricDescriptor` answers. */
export function getMetricDescriptor(
  request: protos.google.monitoring.v3.IGetMetricDescriptorRequest,
  delays: Delays,
): MetricDescriptor {
  const name = request.name ?? '';
  const metric = metrics.find(({ type }) => name === `projects/${delays.project}/metricDescriptors/${type}`);
  if (!metric) throw notFound(`Could not find descriptor for metric '${name}'.`);
  return toDescriptor(metric, delays);
}

/** What `MetricService.ListMetricDescriptors` answers; the filter may name `metric.type` only. */
export function listMetricDescriptors(
  request: protos.google.monitoring.v3.IListMetricDescriptorsRequest,
  delays: Delays,
): protos.google.monitoring.v3.IListMetricDescriptorsResponse {
  checkProject(request.name, delays.project);
  if (request.activeOnly) throw unimplemented('active_only');
  const filter: Filter | undefined = request.filter ? parseFilter(request.filter) : undefined;
  const found = metrics.filter(
    (metric) =>
      !filter ||
      matches(filter, (field) => {
        if (field === 'metric.type') return metric.type;
        if (field === 'project') return delays.project;
        throw invalidArgument(`A filter of metric descriptors cannot name ${field}.`);
      }),
  );
  const query = fingerprint([request.name, request.filter]);
  const offset = request.pageToken ? decodeToken(request.pageToken, query).offset : 0;
  const { items, next } = pageOf(found, offset, request.pageSize || 10_000);
  return {
    metricDescriptors: items.map((metric) => toDescriptor(metric, delays)),
    nextPageToken: next === undefined ? '' : encodeToken({ offset: next, asOfMs: 0 }, query),
  };
}

/** Throws unless a request is about the emulated project. */
export function checkProject(name: string | null | undefined, project: string): void {
  if (/^(organizations|folders)\//.test(name ?? '')) throw unimplemented(`queries on ${name}`);
  if (!/^projects\/[^/]+$/.test(name ?? '')) {
    throw invalidArgument(
      `Name must begin with '{resource_container_type}/{resource_container_id}', got: ${name}`,
    );
  }
  if (name !== `projects/${project}`)
    throw notFound(`The emulated project is projects/${project}, not ${name}.`);
}

function toDescriptor(metric: Metric, { project, samplePeriodMs, ingestDelayMs }: Delays): MetricDescriptor {
  return {
    name: `projects/${project}/metricDescriptors/${metric.type}`,
    type: metric.type,
    labels: [
      { key: 'response_code', valueType: 'STRING', description: 'HTTP response code.' },
      {
        key: 'response_code_class',
        valueType: 'STRING',
        description: 'Class of the response code, e.g. 2xx.',
      },
    ],
    metricKind: 'DELTA',
    valueType: metric.valueType,
    unit: metric.unit,
    description: metric.description,
    displayName: metric.displayName,
    metadata: {
      launchStage: 'GA',
      samplePeriod: toTimestamp(samplePeriodMs),
      ingestDelay: toTimestamp(ingestDelayMs),
    },
    launchStage: 'GA',
    monitoredResourceTypes: [resourceType],
  };
}
