import {
  logsLink,
  metricsExplorerLink,
  metricsLink,
  revisionLink,
  revisionsLink,
  type Span,
} from '../../cloudrun/console.ts';
import type { ServiceId } from '../../cloudrun/resources.ts';

/** The last entries of a log come a little later than the event. */
export const LATE_ENTRIES_MS = 120_000;

/** Where to look further, about one revision in a span of time. */
export function links(id: ServiceId, revision: string, span: Span): string {
  return [
    `[Revision](${revisionLink(id, revision)})`,
    `[Its requests by class](${metricsExplorerLink(id, revision, span)})`,
    `[Its errors](${logsLink(id, revision, { ...span, severity: 'ERROR' })})`,
    `[Its logs](${logsLink(id, revision, span)})`,
    `[All revisions](${revisionsLink(id)})`,
    `[Metrics of the service](${metricsLink(id)})`,
  ].join(' · ');
}
