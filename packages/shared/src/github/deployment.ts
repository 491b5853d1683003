import type { FoundDeployment, GitHubClient } from './client.ts';
import type { Place } from './place.ts';

/** The deployment that statuses go to. */
export type Target = {
  id: number;
  environment: string;
  logUrl: string;
  /** GitHub ends the deployment of a job when the job has ended; ours we end. */
  own: boolean;
  /** How many it has already. */
  statuses: number;
};

type Sought = {
  /** Full name, `projects/…/services/…`. */
  service: string;
  /** As given; else whatever the job has. */
  environment: string | undefined;
  /** Where a deployment has to be made. */
  fallbackEnvironment: string;
  /** The commit that is deployed, where it is not the run's. */
  ref?: string | undefined;
  revision: string;
};

/** What a deployment of ours carries, so that a later step finds it again. */
type OwnPayload = { service?: unknown; revision?: unknown; run?: unknown };

function ownPayload(payload: unknown): OwnPayload {
  return typeof payload === 'object' && payload !== null ? payload : {};
}

/**
 * The deployment that statuses of this run go to, if there is one. A job with an `environment` has a deployment for the
 * run's commit, made by GitHub before the job starts, whose newest status is `in_progress` and links to
 * `/OWNER/REPO/actions/runs/RUN/job/JOB`. GitHub documents that it exists
 * (https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/control-deployments), not that
 * form; github.com/qoomon/actions--context (lib/actions.ts) finds it so. A step does not know the number of its own job:
 * where several jobs of the run deploy at the same time, none of them is taken.
 */
export function chooseDeployment(
  found: readonly FoundDeployment[],
  { service, revision }: Pick<Sought, 'service' | 'revision'>,
  { owner, repo, runId }: Pick<Place, 'owner' | 'repo' | 'runId'>,
): FoundDeployment | undefined {
  const running = found.filter(({ newest }) => newest?.state === 'in_progress');
  const own = running.find(({ payload }) => {
    const given = ownPayload(payload);
    // Of this run, or of the one that held this revision.
    return given.service === service && (given.run === runId || given.revision === revision);
  });
  if (own) return own;
  const path = `/${owner}/${repo}/actions/runs/${runId}`.toLowerCase();
  const ofRun = running.filter(({ newest, payload }) => {
    if (ownPayload(payload).service !== undefined || !newest || !URL.canParse(newest.logUrl)) return false;
    const { pathname } = new URL(newest.logUrl);
    return `${pathname}/`.toLowerCase().includes(`${path}/`);
  });
  return ofRun.length === 1 ? ofRun[0] : undefined;
}

/** Finds the deployment of this job, or makes one. */
export async function findDeployment(client: GitHubClient, sought: Sought, place: Place): Promise<Target> {
  for (const sha of place.shas) {
    const found = chooseDeployment(await client.deployments(sha, sought.environment), sought, place);
    if (!found) continue;
    const own = ownPayload(found.payload).service === sought.service;
    const logUrl = own ? place.runUrl : found.newest?.logUrl || place.runUrl;
    return { id: found.id, environment: found.environment, logUrl, own, statuses: found.statuses };
  }
  const { service, revision, environment = sought.fallbackEnvironment, ref = place.shas[0] ?? '' } = sought;
  const id = await client.createDeployment({
    ref,
    environment,
    description: '',
    payload: { service, revision, run: place.runId },
  });
  return { id, environment, logUrl: place.runUrl, own: true, statuses: 0 };
}
