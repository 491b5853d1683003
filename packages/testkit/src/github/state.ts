/** What a repository on the fake GitHub holds, in the words of its API where they are the same. Times are epoch milliseconds. */

export type DeploymentState =
  | 'error'
  | 'failure'
  | 'inactive'
  | 'in_progress'
  | 'queued'
  | 'pending'
  | 'success';

export interface DeploymentStatus {
  readonly id: number;
  readonly state: DeploymentState;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly atMs: number;
}

export interface Deployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly transient: boolean;
  readonly production: boolean;
  readonly atMs: number;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly atMs: number;
  updatedMs: number;
}

export interface Pull {
  readonly headSha: string;
  readonly headRef: string;
  readonly baseRef: string;
  /** Of the commit that brought it into the base; empty while it is open. */
  readonly mergeSha: string;
}

/** An issue, or a pull request, which is one as well. */
export interface Issue {
  readonly number: number;
  readonly author: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  readonly atMs: number;
  updatedMs: number;
  readonly comments: Comment[];
  readonly pull: Pull | undefined;
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly target: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  readonly atMs: number;
}

export interface Artifact {
  readonly id: number;
  readonly runId: number;
  readonly name: string;
  readonly zip: Buffer;
  readonly atMs: number;
}

export interface Repository {
  readonly owner: string;
  readonly name: string;
  /** Branches and tags (`v1.2.3`) with their commits. */
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
  /** Oldest first, each of them. */
  readonly deployments: Deployment[];
  readonly issues: Issue[];
  readonly releases: Release[];
  readonly artifacts: Artifact[];
  /** Commits whose status checks have not passed, so that a deployment that asks for them is refused. */
  readonly unchecked: Set<string>;
}

export function emptyRepository(fullName: string): Repository {
  const [owner = '', name = ''] = fullName.split('/');
  return {
    owner,
    name,
    branches: new Map(),
    tags: new Map(),
    deployments: [],
    issues: [],
    releases: [],
    artifacts: [],
    unchecked: new Set(),
  };
}
