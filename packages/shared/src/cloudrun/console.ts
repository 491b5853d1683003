import type { ServiceId } from './resources.ts';

const CONSOLE = 'https://console.cloud.google.com';

/** A span of time, epoch milliseconds. */
export type Span = { startMs: number; endMs: number };

/** For a part of an address that stands in parentheses, as in Markdown; `encodeURIComponent` lets those through, and throws at half a character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[()'*!]/g,
    (each) => `%${each.charCodeAt(0).toString(16)}`,
  );
}

function serviceLink({ project, region, service }: ServiceId, page: string): string {
  return `${CONSOLE}/run/detail/${encode(region)}/${encode(service)}/${page}?project=${encode(project)}`;
}

/** A string in a filter of Monitoring or Logging. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Links into the Google Cloud console. */
export function revisionsLink(id: ServiceId): string {
  return serviceLink(id, 'revisions');
}

export function metricsLink(id: ServiceId): string {
  return serviceLink(id, 'metrics');
}

/** The page of one revision: what it runs, with which settings. */
export function revisionLink({ project, region }: ServiceId, revision: string): string {
  return `${CONSOLE}/run/revisions/details/${encode(region)}/${encode(revision)}?project=${encode(project)}`;
}

/**
 * The Metrics Explorer with the requests of one revision by response class, as the verdict counts them. The shape of
 * `pageState` is the console's own, as its "Copy link" gives it; it is in no documentation.
 */
export function metricsExplorerLink(
  { project, region, service }: ServiceId,
  revision: string,
  { startMs, endMs }: Span,
): string {
  const filter = [
    'metric.type="run.googleapis.com/request_count"',
    'resource.type="cloud_run_revision"',
    `resource.label."location"=${quoted(region)}`,
    `resource.label."service_name"=${quoted(service)}`,
    `resource.label."revision_name"=${quoted(revision)}`,
  ].join(' ');
  const timeSeriesFilter = {
    filter,
    minAlignmentPeriod: '60s',
    aggregations: [
      {
        alignmentPeriod: '60s',
        perSeriesAligner: 'ALIGN_DELTA',
        crossSeriesReducer: 'REDUCE_SUM',
        groupByFields: ['metric.label."response_code_class"'],
      },
    ],
  };
  const time = (ms: number) => new Date(ms).toISOString();
  const pageState = {
    xyChart: { dataSets: [{ timeSeriesFilter, targetAxis: 'Y1', plotType: 'LINE' }] },
    timeSelection: { timeRange: 'custom', start: time(startMs), end: time(endMs) },
  };
  return `${CONSOLE}/monitoring/metrics-explorer?pageState=${encode(JSON.stringify(pageState))}&project=${encode(project)}`;
}

/**
 * The Logs Explorer with the query for one revision. The time is part of the query, in the language that is documented
 * (https://docs.cloud.google.com/logging/docs/view/logging-query-language), and not of the address.
 */
export function logsLink(
  { project, region, service }: ServiceId,
  revision: string,
  { startMs, endMs, severity }: Partial<Span> & { severity?: 'ERROR' } = {},
): string {
  const query = [
    'resource.type="cloud_run_revision"',
    `resource.labels.location=${quoted(region)}`,
    `resource.labels.service_name=${quoted(service)}`,
    `resource.labels.revision_name=${quoted(revision)}`,
    ...(severity === undefined ? [] : [`severity>=${severity}`]),
    ...(startMs === undefined ? [] : [`timestamp>=${quoted(new Date(startMs).toISOString())}`]),
    ...(endMs === undefined ? [] : [`timestamp<=${quoted(new Date(endMs).toISOString())}`]),
  ].join('\n');
  return `${CONSOLE}/logs/query;query=${encode(query)}?project=${encode(project)}`;
}
