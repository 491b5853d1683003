import { startGitHub } from '@apex-actions/testkit/github';
import { expect, it, onTestFinished } from 'vitest';
import { createGitHubClient } from '../../src/github/client.ts';
import { findDeployment } from '../../src/github/deployment.ts';

const SHA = 'a'.repeat(40);

async function started() {
  const github = await startGitHub({ token: 't0ken' });
  onTestFinished(() => github.stop());
  const place = {
    apiUrl: github.url,
    owner: 'octo-org',
    repo: 'octo-repo',
    runId: '123',
    runUrl: 'https://github.com/octo-org/octo-repo/actions/runs/123/attempts/1',
    shas: [SHA],
    pull: undefined,
  };
  const stop = new AbortController();
  return { github, place, stop, client: createGitHubClient('t0ken', place, stop.signal) };
}

const SOUGHT = {
  service: 'projects/p/locations/l/services/shop',
  environment: undefined,
  fallbackEnvironment: 'shop',
  revision: 'shop-2',
};

it('a deployment is made whatever the checks of the commit say, and found again by a later step', async () => {
  const { github, place, client } = await started();
  github.repository().unchecked.add(SHA);
  const made = await findDeployment(client, SOUGHT, place);
  expect(made).toMatchObject({ own: true, statuses: 0, environment: 'shop' });
  const status = {
    description: 'canary 5 %',
    environmentUrl: 'https://shop.example.com',
    logUrl: made.logUrl,
  };
  await client.createStatus(made.id, { state: 'in_progress', ...status });
  expect(await findDeployment(client, SOUGHT, place)).toEqual({ ...made, statuses: 1 });
  await client.createStatus(made.id, { state: 'success', ...status });
  expect((await findDeployment(client, SOUGHT, place)).id).not.toBe(made.id);
  expect(github.violations()).toEqual([]);
});

it('what may be done twice is tried again, what may not is not', async () => {
  const { github, client } = await started();
  github.fail({ times: 1, status: 502 });
  expect(await client.openIssues('apex-rollback')).toEqual([]);
  github.fail({ method: 'POST', times: 1, reset: true });
  await expect(client.createIssue('Title', 'Body', 'apex-rollback')).rejects.toThrow();
  expect(github.calls().map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
});

it('a limit is not tried again', async () => {
  const { github, client } = await started();
  github.fail({ status: 429, headers: { 'retry-after': '1' } });
  await expect(client.openIssues('apex-rollback')).rejects.toMatchObject({ status: 429 });
  expect(github.calls()).toHaveLength(1);
});

it('comments come from all pages, with who may be believed', async () => {
  const { github, client } = await started();
  const pull = github.addPull({ headSha: SHA, mergeSha: SHA });
  expect(await client.mergedPull(SHA)).toBe(pull.number);
  for (let i = 0; i < 101; i++) {
    pull.comments.push({ id: i, author: 'stranger', body: `${i}`, atMs: 0, updatedMs: 0 });
  }
  await client.createComment(pull.number, 'ours');
  const found = await client.comments(pull.number);
  expect(found).toHaveLength(102);
  expect(found.filter(({ trusted }) => trusted).map(({ body }) => body)).toEqual(['ours']);
  expect(github.violations()).toEqual([]);
});

it('an open pull request is not released by its commit', async () => {
  const { github, client } = await started();
  github.addPull({ headSha: SHA });
  expect(await client.mergedPull(SHA)).toBeUndefined();
});

it('everything ends at once when it is stopped, and no error tells the token', async () => {
  const { github, client, stop } = await started();
  github.fail({ hang: true });
  const waiting = client.openIssues('apex-rollback');
  stop.abort(new Error('stopped'));
  const error = await waiting.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(JSON.stringify([String(error), error])).not.toContain('t0ken');
});
