import { type Answer, notFound, paged, type Request, type Route, textOf } from './answer.ts';
import { release } from './represent.ts';
import type { Release } from './state.ts';

const RELEASES = '/repos/{owner}/{repo}/releases';

function already(): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }],
      documentation_url: 'https://docs.github.com/rest/releases/releases#create-a-release',
    },
  };
}

/** What `generate_release_notes` writes, in its form. */
function notesFor(tag: string, { repository: { owner, name } }: Request): string {
  return `**Full Changelog**: https://github.com/${owner}/${name}/commits/${tag}`;
}

function create(request: Request): Answer {
  const { repository, body } = request;
  const tag = String(body.tag_name);
  if (repository.releases.some((each) => each.tag === tag)) return already();
  const given = textOf(body.body);
  const generated = body.generate_release_notes === true ? notesFor(tag, request) : '';
  const target = textOf(body.target_commitish, 'main');
  const made: Release = {
    id: request.nextId(),
    tag,
    target,
    name: textOf(body.name) || tag,
    // "If `body` is specified, the body will be pre-pended to the automatically generated notes."
    body: [given, generated].filter(Boolean).join('\n\n'),
    draft: body.draft === true,
    prerelease: body.prerelease === true,
    atMs: Date.now(),
  };
  repository.releases.push(made);
  // "Unused if the Git tag already exists": otherwise the release makes it.
  if (!made.draft && !repository.tags.has(tag)) {
    repository.tags.set(tag, repository.branches.get(target) ?? '0'.repeat(40));
  }
  return { status: 201, body: release(made, request) };
}

function update(request: Request): Answer {
  const { repository, parameters, body } = request;
  const found = repository.releases.find(({ id }) => String(id) === parameters.release_id);
  if (!found) return notFound();
  if (body.name !== undefined) found.name = textOf(body.name);
  if (body.body !== undefined) found.body = textOf(body.body);
  if (typeof body.draft === 'boolean') found.draft = body.draft;
  if (typeof body.prerelease === 'boolean') found.prerelease = body.prerelease;
  return { status: 200, body: release(found, request) };
}

export const releaseRoutes: readonly Route[] = [
  {
    operation: `GET ${RELEASES}`,
    needs: { contents: 'read' },
    answer: (request) =>
      paged(
        request,
        `/repos/${request.repository.owner}/${request.repository.name}/releases`,
        request.repository.releases.toReversed().map((each) => release(each, request)),
      ),
  },
  { operation: `POST ${RELEASES}`, needs: { contents: 'write' }, answer: create },
  {
    operation: `GET ${RELEASES}/tags/{tag}`,
    needs: { contents: 'read' },
    answer: (request) => {
      const found = request.repository.releases.find(
        ({ tag, draft }) => tag === request.parameters.tag && !draft,
      );
      return found ? { status: 200, body: release(found, request) } : notFound();
    },
  },
  { operation: `PATCH ${RELEASES}/{release_id}`, needs: { contents: 'write' }, answer: update },
  {
    operation: `POST ${RELEASES}/generate-notes`,
    needs: { contents: 'write' },
    answer: (request) => {
      const tag = String(request.body.tag_name);
      return { status: 200, body: { name: tag, body: notesFor(tag, request) } };
    },
  },
];
