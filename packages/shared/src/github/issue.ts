import { type ServiceId, serviceName } from '../cloudrun/resources.ts';
import type { GitHubClient } from './client.ts';
import { marker } from './marker.ts';
import { digestOf, issueBody, issueTitle } from './text.ts';

/** Issues are found again among those that carry it. */
const LABEL = 'apex-rollback';

/** Opens an issue about an image that was rolled back; none while one is open. The address of the new one. */
export async function openIssue(
  client: GitHubClient,
  id: ServiceId,
  image: string,
  summary: string,
  runUrl: string,
): Promise<string | undefined> {
  const digest = digestOf(image);
  const mark = marker('rollback', serviceName(id), digest);
  const open = await client.openIssues(LABEL);
  if (open.some((body) => body.startsWith(mark))) return undefined;
  return client.createIssue(issueTitle(id.service, digest), issueBody(mark, summary, runUrl), LABEL);
}
