import { setSecret } from '@actions/core';
import type { InputReader } from '../action/inputs.ts';
import type { GitHubInputs } from './announcer.ts';

/** `github-token`, `environment` and `issue`; `undefined` without a token. The token is masked before anything is said. */
export function readGitHubInputs(reader: InputReader): GitHubInputs | undefined {
  const token = reader.text('github-token');
  if (token !== undefined) setSecret(token);
  const environment = reader.text('environment');
  const issue = reader.boolean('issue') ?? false;
  if (issue && token === undefined) {
    reader.reject('issue', 'needs `github-token`, with `issues: write` in the permissions of the job');
  }
  return token === undefined ? undefined : { token, environment, issue };
}
