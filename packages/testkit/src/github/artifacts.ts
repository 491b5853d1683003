import { type Answer, notFound, paged, type Request, type Route } from './answer.ts';
import { artifact } from './represent.ts';
import type { Artifact, Repository } from './state.ts';
import { zipOf } from './zip.ts';

/** Where an artifact's archive really lies; the API answers with a redirect to it that needs no token. */
export const BLOBS = '/_blobs';

/** As actions/upload-artifact with `overwrite: true`: a run has one artifact of a name. */
export function keepArtifact(
  repository: Repository,
  id: number,
  runId: number,
  name: string,
  files: Readonly<Record<string, string>>,
): void {
  const { artifacts } = repository;
  const before = artifacts.findIndex((each) => each.runId === runId && each.name === name);
  if (before >= 0) artifacts.splice(before, 1);
  artifacts.push({ id, runId, name, zip: zipOf(files), atMs: Date.now() });
}

function list(request: Request): Answer {
  const { repository, parameters, query } = request;
  const name = query.get('name');
  const found = repository.artifacts
    .filter((each) => String(each.runId) === parameters.run_id)
    .filter((each) => name === null || each.name === name)
    .toReversed();
  return paged(
    request,
    `/repos/${repository.owner}/${repository.name}/actions/runs/${parameters.run_id}/artifacts`,
    found.map((each) => artifact(each, request)),
    (artifacts) => ({ total_count: found.length, artifacts }),
  );
}

export function findArtifact(repository: Repository, id: string | undefined): Artifact | undefined {
  return repository.artifacts.find((each) => String(each.id) === id);
}

export const artifactRoutes: readonly Route[] = [
  {
    operation: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
    needs: { actions: 'read' },
    answer: list,
  },
  {
    operation: 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    needs: { actions: 'read' },
    answer: ({ repository, parameters, origin }) => {
      const found = findArtifact(repository, parameters.artifact_id);
      if (!found || parameters.archive_format !== 'zip') return notFound();
      const location = `${origin}${BLOBS}/${repository.owner}/${repository.name}/${found.id}`;
      return { status: 302, headers: { location } };
    },
  },
];
