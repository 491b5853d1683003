import { type Answer, invalid, notFound, paged, type Request, type Route, textOf } from './answer.ts';
import { comment, issue, pullRequest } from './represent.ts';
import type { Comment, Issue } from './state.ts';

const ISSUES = '/repos/{owner}/{repo}/issues';
const ISSUE = `${ISSUES}/{issue_number}`;
const COMMENTS = `${ISSUE}/comments`;
const COMMENT = `${ISSUES}/comments/{comment_id}`;

/** A body that is longer is refused: "body is too long (maximum is 65536 characters)". */
const LONGEST_BODY = 65_536;

const ME = 'github-actions[bot]';
const COMMENTING = { issues: 'write', pull_requests: 'write' } as const;
const READING = { issues: 'read', pull_requests: 'read' } as const;

function find({ repository, parameters }: Request): Issue | undefined {
  return repository.issues.find(({ number }) => String(number) === parameters.issue_number);
}

function namesOf(labels: unknown): string[] {
  const names = Array.isArray(labels) ? labels : [];
  return names.map((each: unknown) =>
    typeof each === 'object' && each !== null && 'name' in each ? textOf(each.name) : textOf(each),
  );
}

function list(request: Request): Answer {
  const { query, repository } = request;
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter(Boolean);
  const found = repository.issues
    .filter((each) => state === 'all' || each.state === state)
    .filter((each) => labels.every((label) => each.labels.includes(label)))
    .toReversed();
  return paged(
    request,
    `/repos/${repository.owner}/${repository.name}/issues`,
    found.map((each) => issue(each, request)),
  );
}

function create(request: Request): Answer {
  const { repository, body } = request;
  const text = textOf(body.body);
  if (text.length > LONGEST_BODY)
    return invalid('Issue', 'body', 'body is too long (maximum is 65536 characters)');
  const atMs = Date.now();
  const made: Issue = {
    number: (repository.issues.at(-1)?.number ?? 0) + 1,
    author: ME,
    title: String(body.title),
    body: text,
    state: 'open',
    labels: namesOf(body.labels),
    atMs,
    updatedMs: atMs,
    comments: [],
    pull: undefined,
  };
  repository.issues.push(made);
  return { status: 201, body: issue(made, request) };
}

function update(request: Request): Answer {
  const { body } = request;
  const found = find(request);
  if (!found) return notFound();
  if (body.title !== undefined) found.title = String(body.title);
  if (body.body !== undefined) found.body = textOf(body.body);
  if (body.state === 'open' || body.state === 'closed') found.state = body.state;
  if (body.labels !== undefined) found.labels = namesOf(body.labels);
  found.updatedMs = Date.now();
  return { status: 200, body: issue(found, request) };
}

function addComment(request: Request): Answer {
  const found = find(request);
  if (!found) return notFound();
  const body = textOf(request.body.body);
  if (body.length > LONGEST_BODY) {
    return invalid('IssueComment', 'data', 'body is too long (maximum is 65536 characters)');
  }
  const atMs = Date.now();
  const made: Comment = { id: request.nextId(), author: ME, body, atMs, updatedMs: atMs };
  found.comments.push(made);
  return { status: 201, body: comment(made, found.number, request) };
}

function updateComment(request: Request): Answer {
  const { repository, parameters, body } = request;
  for (const { number, comments } of repository.issues) {
    const found = comments.find(({ id }) => String(id) === parameters.comment_id);
    if (!found) continue;
    found.body = textOf(body.body);
    found.updatedMs = Date.now();
    return { status: 200, body: comment(found, number, request) };
  }
  return notFound();
}

function listComments(request: Request): Answer {
  const { owner, name } = request.repository;
  const found = find(request);
  if (!found) return notFound();
  return paged(
    request,
    `/repos/${owner}/${name}/issues/${found.number}/comments`,
    found.comments.map((each) => comment(each, found.number, request)),
  );
}

/** The merged pull request that brought the commit in, or else those that it is the head of. */
function pullsOfCommit(request: Request): Answer {
  const { repository, parameters } = request;
  const sha = parameters.commit_sha;
  const merged = repository.issues.filter(({ pull }) => pull?.mergeSha === sha);
  const found = merged.length > 0 ? merged : repository.issues.filter(({ pull }) => pull?.headSha === sha);
  return paged(
    request,
    `/repos/${repository.owner}/${repository.name}/commits/${sha}/pulls`,
    found.map((each) => pullRequest(each, request)),
  );
}

export const issueRoutes: readonly Route[] = [
  { operation: `GET ${ISSUES}`, needs: { issues: 'read' }, answer: list },
  { operation: `POST ${ISSUES}`, needs: { issues: 'write' }, answer: create },
  {
    operation: `GET ${ISSUE}`,
    needs: READING,
    answer: (request) => {
      const found = find(request);
      return found ? { status: 200, body: issue(found, request) } : notFound();
    },
  },
  { operation: `PATCH ${ISSUE}`, needs: COMMENTING, answer: update },
  { operation: `GET ${COMMENTS}`, needs: READING, answer: listComments },
  { operation: `POST ${COMMENTS}`, needs: COMMENTING, answer: addComment },
  { operation: `PATCH ${COMMENT}`, needs: COMMENTING, answer: updateComment },
  {
    operation: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    needs: { pull_requests: 'read' },
    answer: pullsOfCommit,
  },
];
