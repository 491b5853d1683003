import type { Request } from './answer.ts';
import type { Artifact, Comment, Deployment, DeploymentStatus, Issue, Release } from './state.ts';

/** What things look like in answers. Fields that GitHub always sends are all here, most of them links. */

type From = Pick<Request, 'origin' | 'repository'>;

const iso = (atMs: number): string => new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
const nodeId = (kind: string, id: number): string => Buffer.from(`${kind}:${id}`).toString('base64');

function links(base: string, names: readonly string[], suffix = ''): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${name}_url`, `${base}/${name}${suffix}`]));
}

const USER_LINKS = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'repos', 'events'];

export function user(login: string, { origin }: Pick<From, 'origin'>): Record<string, unknown> {
  const id = 41_898_282;
  const bot = login.endsWith('[bot]');
  const url = `${origin}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${bot ? `apps/${login.slice(0, -5)}` : login}`,
    ...links(url, USER_LINKS),
    organizations_url: `${url}/orgs`,
    received_events_url: `${url}/received_events`,
    type: bot ? 'Bot' : 'User',
    site_admin: false,
  };
}

export function repositoryUrl({ origin, repository: { owner, name } }: From): string {
  return `${origin}/repos/${owner}/${name}`;
}

function pageUrl({ repository: { owner, name } }: From): string {
  return `https://github.com/${owner}/${name}`;
}

const REPOSITORY_LINKS = [
  ...['archive', 'assignees', 'blobs', 'branches', 'collaborators', 'comments', 'commits', 'compare'],
  ...['contents', 'contributors', 'deployments', 'downloads', 'events', 'forks', 'git_commits', 'git_refs'],
  ...[
    'git_tags',
    'hooks',
    'issue_comment',
    'issue_events',
    'issues',
    'keys',
    'labels',
    'languages',
    'merges',
  ],
  ...['milestones', 'notifications', 'pulls', 'releases', 'stargazers', 'statuses', 'subscribers'],
  ...['subscription', 'tags', 'teams', 'trees'],
];

const COUNTS = ['forks', 'forks_count', 'open_issues', 'open_issues_count', 'stargazers_count'];
const MORE_COUNTS = ['watchers', 'watchers_count', 'size'];
const SWITCHES = ['fork', 'private', 'archived', 'disabled', 'has_pages'];
const FEATURES = ['has_issues', 'has_projects', 'has_wiki', 'has_discussions', 'has_downloads'];
const NOTHING = ['description', 'homepage', 'language', 'license', 'mirror_url'];

const all = <T>(names: readonly string[], value: T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, value]));

/** A repository as part of something else. */
function nestedRepository(from: From): Record<string, unknown> {
  const { owner, name } = from.repository;
  const page = pageUrl(from);
  return {
    id: 1_296_269,
    node_id: nodeId('Repository', 1_296_269),
    name,
    full_name: `${owner}/${name}`,
    owner: user(owner, from),
    url: repositoryUrl(from),
    html_url: page,
    ...links(repositoryUrl(from), REPOSITORY_LINKS),
    ...all([...COUNTS, ...MORE_COUNTS], 0),
    ...all(SWITCHES, false),
    ...all(FEATURES, true),
    ...all(NOTHING, null),
    clone_url: `${page}.git`,
    git_url: `git://github.com/${owner}/${name}.git`,
    ssh_url: `git@github.com:${owner}/${name}.git`,
    svn_url: page,
    default_branch: 'main',
    ...all(['created_at', 'pushed_at', 'updated_at'], '2026-01-01T00:00:00Z'),
  };
}

export function fullRepository(from: From): Record<string, unknown> {
  return { ...nestedRepository(from), network_count: 0, subscribers_count: 0 };
}

export function deployment(deployed: Deployment, from: From): Record<string, unknown> {
  const { id, ref, sha, task, environment, description, payload, transient, production, atMs } = deployed;
  const url = `${repositoryUrl(from)}/deployments/${id}`;
  return {
    url,
    id,
    node_id: nodeId('Deployment', id),
    ref,
    sha,
    task,
    environment,
    original_environment: environment,
    description,
    payload,
    transient_environment: transient,
    production_environment: production,
    creator: user('github-actions[bot]', from),
    created_at: iso(atMs),
    updated_at: iso(deployed.statuses.at(-1)?.atMs ?? atMs),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(from),
    performed_via_github_app: null,
  };
}

export function deploymentStatus(
  status: DeploymentStatus,
  deploymentId: number,
  from: From,
): Record<string, unknown> {
  const deploymentUrl = `${repositoryUrl(from)}/deployments/${deploymentId}`;
  return {
    url: `${deploymentUrl}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: user('github-actions[bot]', from),
    description: status.description,
    environment: status.environment,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    target_url: status.logUrl,
    created_at: iso(status.atMs),
    updated_at: iso(status.atMs),
    deployment_url: deploymentUrl,
    repository_url: repositoryUrl(from),
    performed_via_github_app: null,
  };
}

export function comment(written: Comment, number: number, from: From): Record<string, unknown> {
  const { id, author, body, atMs, updatedMs } = written;
  return {
    id,
    node_id: nodeId('IssueComment', id),
    url: `${repositoryUrl(from)}/issues/comments/${id}`,
    html_url: `${pageUrl(from)}/issues/${number}#issuecomment-${id}`,
    issue_url: `${repositoryUrl(from)}/issues/${number}`,
    body,
    user: user(author, from),
    created_at: iso(atMs),
    updated_at: iso(updatedMs),
    author_association: 'NONE',
    performed_via_github_app: null,
  };
}

function label(name: string, from: From): Record<string, unknown> {
  const id = 208_045_946;
  return {
    id,
    node_id: nodeId('Label', id),
    url: `${repositoryUrl(from)}/labels/${encodeURIComponent(name)}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  };
}

/** What issues and pull requests have alike. */
function common(issue: Issue, from: From): Record<string, unknown> {
  const { number, author, title, body, state, labels, atMs, updatedMs } = issue;
  return {
    id: number,
    node_id: nodeId('Issue', number),
    number,
    title,
    body,
    state,
    locked: false,
    user: user(author, from),
    labels: labels.map((name) => label(name, from)),
    assignee: null,
    assignees: [],
    milestone: null,
    created_at: iso(atMs),
    updated_at: iso(updatedMs),
    closed_at: state === 'closed' ? iso(updatedMs) : null,
    author_association: 'NONE',
  };
}

export function issue(described: Issue, from: From): Record<string, unknown> {
  const { number, pull, comments } = described;
  const url = `${repositoryUrl(from)}/issues/${number}`;
  const page = `${pageUrl(from)}/${pull ? 'pull' : 'issues'}/${number}`;
  const pullLinks = {
    url: `${repositoryUrl(from)}/pulls/${number}`,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    merged_at: pull?.mergeSha ? iso(described.updatedMs) : null,
  };
  return {
    ...common(described, from),
    url,
    html_url: page,
    repository_url: repositoryUrl(from),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    comments: comments.length,
    active_lock_reason: null,
    performed_via_github_app: null,
    state_reason: described.state === 'closed' ? 'completed' : null,
    ...(pull ? { pull_request: pullLinks } : {}),
  };
}

const PULL_LINKS = ['comments', 'commits', 'statuses', 'html', 'issue', 'self'];
const REVIEW_LINKS = ['review_comments', 'review_comment'];

export function pullRequest(described: Issue, from: From): Record<string, unknown> {
  const { number, pull } = described;
  if (!pull) throw new Error(`issue ${number} is not a pull request`);
  const url = `${repositoryUrl(from)}/pulls/${number}`;
  const page = `${pageUrl(from)}/pull/${number}`;
  const side = (ref: string, sha: string) => ({
    label: `${from.repository.owner}:${ref}`,
    ref,
    sha,
    user: user(from.repository.owner, from),
    repo: nestedRepository(from),
  });
  return {
    ...common(described, from),
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${repositoryUrl(from)}/issues/${number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${url}/comments{/number}`,
    comments_url: `${repositoryUrl(from)}/issues/${number}/comments`,
    statuses_url: `${repositoryUrl(from)}/statuses/${pull.headSha}`,
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.headSha),
    merge_commit_sha: pull.mergeSha || null,
    merged_at: pull.mergeSha ? iso(described.updatedMs) : null,
    draft: false,
    auto_merge: null,
    requested_reviewers: [],
    requested_teams: [],
    _links: Object.fromEntries(
      [...PULL_LINKS, ...REVIEW_LINKS].map((name) => [name, { href: `${url}/${name}` }]),
    ),
  };
}

export function release(published: Release, from: From): Record<string, unknown> {
  const { id, tag, target, name, body, draft, prerelease, atMs } = published;
  const url = `${repositoryUrl(from)}/releases/${id}`;
  return {
    url,
    id,
    node_id: nodeId('Release', id),
    html_url: `${pageUrl(from)}/releases/tag/${tag}`,
    assets_url: `${url}/assets`,
    upload_url: `https://uploads.github.com/repos/${from.repository.owner}/${from.repository.name}/releases/${id}/assets{?name,label}`,
    tarball_url: `${repositoryUrl(from)}/tarball/${tag}`,
    zipball_url: `${repositoryUrl(from)}/zipball/${tag}`,
    tag_name: tag,
    target_commitish: target,
    name,
    body,
    draft,
    prerelease,
    author: user('github-actions[bot]', from),
    assets: [],
    created_at: iso(atMs),
    published_at: draft ? null : iso(atMs),
  };
}

const DAY_MS = 86_400_000;

export function artifact(kept: Artifact, from: From): Record<string, unknown> {
  const { id, name, zip, atMs } = kept;
  const url = `${repositoryUrl(from)}/actions/artifacts/${id}`;
  return {
    id,
    node_id: nodeId('Artifact', id),
    name,
    size_in_bytes: zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: false,
    created_at: iso(atMs),
    updated_at: iso(atMs),
    expires_at: iso(atMs + 90 * DAY_MS),
  };
}
