import {
  type Answer,
  invalid,
  notFound,
  paged,
  type Request,
  type Route,
  refused,
  textOf,
} from './answer.ts';
import { deployment, deploymentStatus } from './represent.ts';
import type { Deployment, DeploymentState, Repository } from './state.ts';

const LIST = '/repos/{owner}/{repo}/deployments';
const ONE = `${LIST}/{deployment_id}`;
const STATUSES = `${ONE}/statuses`;

/** https://docs.github.com/en/rest/deployments/statuses: "The maximum description length is 140 characters". */
const LONGEST_DESCRIPTION = 140;
const MOST_STATUSES = 100;

function find({ repository, parameters }: Request): Deployment | undefined {
  return repository.deployments.find(({ id }) => String(id) === parameters.deployment_id);
}

function commitOf({ branches, tags }: Repository, ref: string): string | undefined {
  if (/^[0-9a-f]{40}$/.test(ref)) return ref;
  return branches.get(ref.replace('refs/heads/', '')) ?? tags.get(ref.replace('refs/tags/', ''));
}

function list(request: Request): Answer {
  const { query, repository } = request;
  const asked = (['sha', 'ref', 'task', 'environment'] as const).filter((name) => query.has(name));
  const found = repository.deployments
    .filter((each) => asked.every((name) => each[name] === query.get(name)))
    .toReversed();
  return paged(
    request,
    `/repos/${repository.owner}/${repository.name}/deployments`,
    found.map((each) => deployment(each, request)),
  );
}

function create(request: Request): Answer {
  const { repository, body } = request;
  const ref = textOf(body.ref);
  const sha = commitOf(repository, ref);
  if (sha === undefined) return refused(422, `No ref found for: ${ref}`);
  const waived = Array.isArray(body.required_contexts) && body.required_contexts.length === 0;
  if (repository.unchecked.has(sha) && !waived) {
    return refused(409, `Conflict: Commit status checks failed for ${ref}.`);
  }
  const environment = textOf(body.environment, 'production');
  const made: Deployment = {
    id: request.nextId(),
    ref,
    sha,
    task: textOf(body.task, 'deploy'),
    environment,
    description: typeof body.description === 'string' ? body.description : null,
    payload: body.payload ?? {},
    transient: body.transient_environment === true,
    production:
      typeof body.production_environment === 'boolean'
        ? body.production_environment
        : environment === 'production',
    atMs: Date.now(),
    statuses: [],
  };
  repository.deployments.push(made);
  return { status: 201, body: deployment(made, request) };
}

/** A success makes what served before inactive, in the environments for which GitHub says so. */
function deactivate(after: Deployment, request: Request): void {
  for (const prior of request.repository.deployments) {
    const last = prior.statuses.at(-1);
    if (prior.id >= after.id || prior.environment !== after.environment || last?.state !== 'success')
      continue;
    if (prior.transient || prior.production) continue;
    prior.statuses.push({
      ...last,
      id: request.nextId(),
      state: 'inactive',
      description: '',
      atMs: Date.now(),
    });
  }
}

function createStatus(request: Request): Answer {
  const { body } = request;
  const found = find(request);
  if (!found) return notFound();
  const description = textOf(body.description);
  if (description.length > LONGEST_DESCRIPTION) {
    return invalid('DeploymentStatus', 'description', 'description is too long (maximum is 140 characters)');
  }
  if (found.statuses.length >= MOST_STATUSES) {
    return invalid('DeploymentStatus', 'base', 'This deployment has too many statuses');
  }
  const before = found.statuses.at(-1);
  const status = {
    id: request.nextId(),
    // The description's enum has let nothing else pass.
    state: body.state as DeploymentState,
    description,
    environment: textOf(body.environment, before?.environment ?? found.environment),
    environmentUrl: textOf(body.environment_url),
    logUrl: textOf(body.log_url, textOf(body.target_url)),
    atMs: Date.now(),
  };
  found.statuses.push(status);
  if (status.state === 'success' && body.auto_inactive !== false) deactivate(found, request);
  return { status: 201, body: deploymentStatus(status, found.id, request) };
}

function listStatuses(request: Request): Answer {
  const { owner, name } = request.repository;
  const found = find(request);
  if (!found) return notFound();
  return paged(
    request,
    `/repos/${owner}/${name}/deployments/${found.id}/statuses`,
    found.statuses.toReversed().map((status) => deploymentStatus(status, found.id, request)),
  );
}

export const deploymentRoutes: readonly Route[] = [
  { operation: `GET ${LIST}`, needs: { deployments: 'read' }, answer: list },
  { operation: `POST ${LIST}`, needs: { deployments: 'write' }, answer: create },
  {
    operation: `GET ${ONE}`,
    needs: { deployments: 'read' },
    answer: (request) => {
      const found = find(request);
      return found ? { status: 200, body: deployment(found, request) } : notFound();
    },
  },
  { operation: `GET ${STATUSES}`, needs: { deployments: 'read' }, answer: listStatuses },
  { operation: `POST ${STATUSES}`, needs: { deployments: 'write' }, answer: createStatus },
];
