import { expect, test } from 'vitest';
import { readContext } from '../../src/action/context.ts';

const env = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/api',
  GITHUB_RUN_ID: '42',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SHA: 'abc',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_ACTOR: 'ada',
  GITHUB_WORKFLOW: 'Deploy',
  GITHUB_JOB: 'production',
  GITHUB_EVENT_NAME: 'push',
};

test('the run is told by what the runner sets, down to the attempt', () => {
  expect(readContext(env)).toEqual({
    runId: '42',
    attempt: 2,
    runUrl: 'https://github.com/acme/api/actions/runs/42/attempts/2',
    repository: 'acme/api',
    sha: 'abc',
    ref: 'refs/heads/main',
    actor: 'ada',
    workflow: 'Deploy',
    job: 'production',
    eventName: 'push',
  });
});

test('outside of a runner there is no run', () => {
  expect(readContext({ GITHUB_SHA: '' })).toEqual({});
});

test('without a server there is no page to link to', () => {
  expect(readContext({ ...env, GITHUB_SERVER_URL: undefined }).runUrl).toBeUndefined();
});
