import type { ServiceId } from './resources.ts';

const CONSOLE = 'https://console.cloud.google.com';

/** Links into the Google Cloud console. */
export function revisionsLink({ project, region, service }: ServiceId): string {
  return `${CONSOLE}/run/detail/${region}/${service}/revisions?project=${project}`;
}

export function metricsLink({ project, region, service }: ServiceId): string {
  return `${CONSOLE}/run/detail/${region}/${service}/metrics?project=${project}`;
}

/** The Logs Explorer with the query for one revision. */
export function logsLink({ project, region, service }: ServiceId, revision: string): string {
  const query = [
    'resource.type="cloud_run_revision"',
    `resource.labels.location="${region}"`,
    `resource.labels.service_name="${service}"`,
    `resource.labels.revision_name="${revision}"`,
  ].join('\n');
  return `${CONSOLE}/logs/query;query=${encodeURIComponent(query)}?project=${project}`;
}
