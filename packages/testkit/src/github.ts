import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Access } from './github/answer.ts';
import { Fake } from './github/fake.ts';
import type { Fault } from './github/faults.ts';
import type { Issue, Repository } from './github/state.ts';

export type { Fault, Repository };

export interface GitHubOptions {
  /** Full names; the first is the one that is meant where none is named. Default: `octo-org/octo-repo`. */
  readonly repositories?: readonly string[];
  /** The only token that is accepted; default: any. */
  readonly token?: string;
  /** Of the token, as in a workflow, but with `_`: `{ deployments: 'write' }`. What is not named is `none`. Default: all. */
  readonly permissions?: Readonly<Record<string, Access>>;
}

export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  /** 0 while there is no answer, and for a fault that gives none. */
  status: number;
}

export interface PullOptions {
  readonly title?: string;
  readonly headSha: string;
  readonly headRef?: string;
  /** Of its merge; without one it is open. */
  readonly mergeSha?: string;
}

export interface GitHub {
  /** `http://127.0.0.1:PORT`, for `GITHUB_API_URL`; as `HTTP_PROXY` it is `http://api.github.localhost/`, for `gh`. */
  readonly url: string;
  /** What a repository holds. It may be changed. */
  repository(fullName?: string): Repository;
  addPull(pull: PullOptions, fullName?: string): Issue;
  addArtifact(runId: number, name: string, files: Readonly<Record<string, string>>, fullName?: string): void;
  /** All requests, oldest first, but for those for the fake itself. */
  calls(): readonly Call[];
  /** Where a request or an answer did not fit GitHub's OpenAPI description: one line each. */
  violations(): readonly string[];
  /** From now on; the first rule that fits is taken. */
  fail(fault: Fault): void;
  heal(): void;
  /** Closes open connections as well. May be called twice. */
  stop(): Promise<void>;
}

/** A GitHub API on loopback that keeps its state in memory. Requests that break GitHub's rules get GitHub's errors. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const fake = new Fake(options);
  const server = createServer((request, response) => void fake.serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return fake.handle(server);
}
