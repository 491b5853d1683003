import { request } from '@octokit/request';
import { RequestError } from '@octokit/request-error';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { retrying } from '../action/retry.ts';
import type { DeploymentState } from './describe.ts';
import { isPassing } from './failure.ts';
import type { Place } from './place.ts';

/** Of one request, its body included. */
const REQUEST_TIMEOUT_MS = 5_000;
/** No further attempt after that. */
const DEADLINE_MS = 8_000;
const PAGE = 100;
const MOST_PAGES = 10;

export type FoundDeployment = {
  id: number;
  environment: string;
  /** As it was given when it was made; Actions gives none. */
  payload: unknown;
  newest: { state: string; logUrl: string } | undefined;
  /** How many statuses it has, up to 100. */
  statuses: number;
};

type NewDeployment = {
  ref: string;
  environment: string;
  description: string;
  payload: Record<string, string>;
};

type NewStatus = {
  state: DeploymentState;
  description: string;
  environmentUrl: string;
  logUrl: string;
};

type FoundComment = { id: number; body: string; trusted: boolean };

/** What is asked of GitHub and told to it. Only what may be done twice is repeated. */
export type GitHubClient = {
  /** Of a commit, newest first, each with its newest status. */
  deployments(sha: string, environment: string | undefined): Promise<FoundDeployment[]>;
  /** Its id. */
  createDeployment(deployment: NewDeployment): Promise<number>;
  createStatus(deployment: number, status: NewStatus): Promise<void>;
  /** The pull request that was merged as this commit. */
  mergedPull(sha: string): Promise<number | undefined>;
  comments(issue: number): Promise<FoundComment[]>;
  /** Its id. */
  createComment(issue: number, body: string): Promise<number>;
  updateComment(comment: number, body: string): Promise<void>;
  /** Bodies of the open issues that carry a label. */
  openIssues(label: string): Promise<string[]>;
  /** Its address. */
  createIssue(title: string, body: string, label: string): Promise<string>;
};

/** Who may change the code may be believed about what a comment is. */
const TRUSTED = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

/** The signal ends everything at once. Proxies are those of HTTPS_PROXY and NO_PROXY. */
export function createGitHubClient(
  token: string,
  { apiUrl, owner, repo }: Place,
  signal: AbortSignal,
): GitHubClient {
  const dispatcher = new EnvHttpProxyAgent();
  const call = request.defaults({
    baseUrl: apiUrl,
    headers: { authorization: `token ${token}`, 'user-agent': 'apex-actions' },
    request: {
      fetch: (url: string, options: Parameters<typeof fetch>[1]) => {
        const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
        return fetch(url, { ...options, dispatcher, signal: AbortSignal.any([signal, timeout]) });
      },
    },
    owner,
    repo,
  });
  const repeated = <T>(operation: () => Promise<T>): Promise<T> =>
    retrying(operation, {
      deadlineMs: DEADLINE_MS,
      signal,
      retryable: (error) => error instanceof RequestError && isPassing(error),
    });

  /** All pages, up to a number at which nobody wants to wait any longer. */
  async function every<T>(page: (page: number) => Promise<{ data: T[] }>): Promise<T[]> {
    const all: T[] = [];
    for (let number = 1; number <= MOST_PAGES; number++) {
      const { data } = await repeated(() => page(number));
      all.push(...data);
      if (data.length < PAGE) break;
    }
    return all;
  }

  async function statusesOf(deployment: number): Promise<Pick<FoundDeployment, 'newest' | 'statuses'>> {
    const { data } = await repeated(() =>
      call('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
        owner,
        repo,
        deployment_id: deployment,
        per_page: PAGE,
      }),
    );
    const [first] = data;
    const newest = first && { state: first.state, logUrl: first.log_url || first.target_url };
    return { newest, statuses: data.length };
  }

  return {
    async deployments(sha, environment) {
      const { data } = await repeated(() =>
        call('GET /repos/{owner}/{repo}/deployments', {
          owner,
          repo,
          sha,
          ...(environment === undefined ? {} : { environment }),
          per_page: 30,
        }),
      );
      const found: FoundDeployment[] = [];
      // One after the other: "make requests serially instead of concurrently" (GitHub's best practices for its API).
      for (const { id, environment: name, payload } of data) {
        found.push({ id: Number(id), environment: name, payload, ...(await statusesOf(Number(id))) });
      }
      return found;
    },

    async createDeployment(deployment) {
      const { data } = await call('POST /repos/{owner}/{repo}/deployments', {
        owner,
        repo,
        ...deployment,
        // The commit is deployed as it is, whatever its checks say: this rollout is what judges it.
        auto_merge: false,
        required_contexts: [],
        transient_environment: false,
      });
      if (!('id' in data)) throw new Error(data.message ?? 'GitHub made no deployment');
      return Number(data.id);
    },

    async createStatus(deployment, { state, description, environmentUrl, logUrl }) {
      await repeated(() =>
        call('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          owner,
          repo,
          deployment_id: deployment,
          state,
          description,
          log_url: logUrl,
          ...(environmentUrl ? { environment_url: environmentUrl } : {}),
        }),
      );
    },

    async mergedPull(sha) {
      const { data } = await repeated(() =>
        call('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { owner, repo, commit_sha: sha }),
      );
      const merged = data.filter(({ merged_at }) => merged_at !== null);
      return (merged.find(({ merge_commit_sha }) => merge_commit_sha === sha) ?? merged[0])?.number;
    },

    async comments(issue) {
      const found = await every((page) =>
        call('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          owner,
          repo,
          issue_number: issue,
          per_page: PAGE,
          page,
        }),
      );
      return found.map(({ id, body, user, author_association: author }) => ({
        id: Number(id),
        body: body ?? '',
        trusted: user?.type === 'Bot' || TRUSTED.has(author ?? ''),
      }));
    },

    async createComment(issue, body) {
      const { data } = await call('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        owner,
        repo,
        issue_number: issue,
        body,
      });
      return Number(data.id);
    },

    async updateComment(comment, body) {
      await repeated(() =>
        call('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          owner,
          repo,
          comment_id: comment,
          body,
        }),
      );
    },

    async openIssues(label) {
      const found = await every((page) =>
        call('GET /repos/{owner}/{repo}/issues', {
          owner,
          repo,
          state: 'open',
          labels: label,
          per_page: PAGE,
          page,
        }),
      );
      return found.map(({ body }) => body ?? '');
    },

    async createIssue(title, body, label) {
      const { data } = await call('POST /repos/{owner}/{repo}/issues', {
        owner,
        repo,
        title,
        body,
        labels: [label],
      });
      return data.html_url;
    },
  };
}
