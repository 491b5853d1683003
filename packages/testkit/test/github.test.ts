import { describe, expect, it, onTestFinished } from 'vitest';
import { type GitHubOptions, startGitHub } from '../src/github.ts';

const SHA = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
const REPO = '/repos/octo-org/octo-repo';

type Body = { id: number; number: number; artifacts: { archive_download_url: string }[] };

async function started(options: GitHubOptions = {}) {
  const github = await startGitHub(options);
  onTestFinished(() => github.stop());
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${github.url}${path}`, {
      method,
      headers: { authorization: 'Bearer t0ken' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, headers, body: (await response.json()) as Body };
  };
  return { github, call };
}

describe('every answer is as the OpenAPI description says', () => {
  it('of deployments, statuses, pull requests, issues, comments, releases, artifacts', async () => {
    const { github, call } = await started();
    const pull = github.addPull({ headSha: 'a'.repeat(40), mergeSha: SHA });
    github.addArtifact(7, 'deploy', { 'deploy.json': '{}' });
    const deployment = await call('POST', `${REPO}/deployments`, {
      ref: SHA,
      environment: 'staging',
      auto_merge: false,
      required_contexts: [],
      payload: { service: 'shop' },
    });
    const one = `${REPO}/deployments/${deployment.body.id}`;
    await call('POST', `${one}/statuses`, { state: 'in_progress', log_url: 'https://github.com/x' });
    const issue = await call('POST', `${REPO}/issues`, { title: 'Rolled back', labels: ['rollback'] });
    const comment = await call('POST', `${REPO}/issues/${pull.number}/comments`, { body: 'Hello' });
    const release = await call('POST', `${REPO}/releases`, { tag_name: 'v1.0.0', body: 'First' });
    const answers = await Promise.all([
      call('GET', REPO),
      call('GET', `${REPO}/deployments?environment=staging&sha=${SHA}`),
      call('GET', one),
      call('GET', `${one}/statuses`),
      call('GET', `${REPO}/commits/${SHA}/pulls`),
      call('GET', `${REPO}/issues?labels=rollback&state=open`),
      call('GET', `${REPO}/issues/${issue.body.number}`),
      call('PATCH', `${REPO}/issues/${issue.body.number}`, { state: 'closed' }),
      call('GET', `${REPO}/issues/${pull.number}/comments`),
      call('PATCH', `${REPO}/issues/comments/${comment.body.id}`, { body: 'Hello again' }),
      call('GET', `${REPO}/releases`),
      call('GET', `${REPO}/releases/tags/v1.0.0`),
      call('PATCH', `${REPO}/releases/${release.body.id}`, { body: 'More' }),
      call('POST', `${REPO}/releases/generate-notes`, { tag_name: 'v1.0.0' }),
      call('GET', `${REPO}/actions/runs/7/artifacts`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(github.violations()).toEqual([]);
    expect(github.repository().deployments[0]?.statuses).toMatchObject([
      { state: 'in_progress', environment: 'staging', logUrl: 'https://github.com/x' },
    ]);
  });

  it('and its errors', async () => {
    const { github, call } = await started({ permissions: { deployments: 'read' } });
    const forbidden = await call('POST', `${REPO}/deployments`, { ref: SHA });
    expect(forbidden.status).toBe(403);
    expect(forbidden.headers.get('x-accepted-github-permissions')).toBe('deployments=write');
    expect((await call('GET', `${REPO}/deployments/1`)).status).toBe(404);
    expect((await call('GET', '/repos/octo-org/other')).status).toBe(404);
    expect(github.violations()).toEqual([]);
  });
});

describe('a request that GitHub would refuse', () => {
  it.each([
    ['without what is required', {}],
    ['with a state that there is not', { state: 'done' }],
    ['with a field that there is not', { state: 'success', url: 'https://example.com' }],
  ])('%s is refused and noted', async (_what, body) => {
    const { github, call } = await started();
    const made = await call('POST', `${REPO}/deployments`, { ref: SHA });
    const answer = await call('POST', `${REPO}/deployments/${made.body.id}/statuses`, body);
    expect(answer.status).toBe(422);
    expect(github.violations()).toHaveLength(1);
  });

  it('because a description is too long, or a deployment has 100 statuses', async () => {
    const { call } = await started();
    const made = await call('POST', `${REPO}/deployments`, { ref: SHA });
    const statuses = `${REPO}/deployments/${made.body.id}/statuses`;
    const long = await call('POST', statuses, { state: 'success', description: 'x'.repeat(141) });
    expect(long.status).toBe(422);
    for (let i = 0; i < 100; i++) await call('POST', statuses, { state: 'in_progress' });
    expect((await call('POST', statuses, { state: 'success' })).status).toBe(422);
  });

  it('because checks of the commit have not passed', async () => {
    const { github, call } = await started();
    github.repository().unchecked.add(SHA);
    expect((await call('POST', `${REPO}/deployments`, { ref: SHA })).status).toBe(409);
    const waived = { ref: SHA, required_contexts: [] };
    expect((await call('POST', `${REPO}/deployments`, waived)).status).toBe(201);
  });
});

it('a success makes what was deployed before inactive, but not in production', async () => {
  const { github, call } = await started();
  for (const environment of ['staging', 'staging', 'production', 'production']) {
    const made = await call('POST', `${REPO}/deployments`, { ref: SHA, environment });
    await call('POST', `${REPO}/deployments/${made.body.id}/statuses`, { state: 'success' });
  }
  const states = github.repository().deployments.map(({ statuses }) => statuses.at(-1)?.state);
  expect(states).toEqual(['inactive', 'success', 'success', 'success']);
});

it('lists come in pages', async () => {
  const { call } = await started();
  for (let i = 0; i < 3; i++) await call('POST', `${REPO}/issues`, { title: `Issue ${i}` });
  const first = await call('GET', `${REPO}/issues?per_page=2`);
  expect(first.body).toHaveLength(2);
  const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  const second = await call('GET', new URL(next).pathname + new URL(next).search);
  expect(second.body).toMatchObject([{ title: 'Issue 0' }]);
  expect(second.headers.get('link')).toBeNull();
});

it('faults come and go', async () => {
  const { github, call } = await started();
  github.fail({ path: /\/deployments$/, status: 429, headers: { 'retry-after': '3' }, times: 1 });
  github.fail({ method: 'POST', path: /\/issues$/, reset: true });
  const limited = await call('GET', `${REPO}/deployments`);
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3']);
  expect((await call('GET', `${REPO}/deployments`)).status).toBe(200);
  await expect(call('POST', `${REPO}/issues`, { title: 'x' })).rejects.toThrow('fetch failed');
  github.heal();
  expect((await call('POST', `${REPO}/issues`, { title: 'x' })).status).toBe(201);
  expect(github.calls().map(({ status }) => status)).toEqual([429, 200, 0, 201]);
});

it('another token is nobody', async () => {
  const { call, github } = await started({ token: 'another' });
  expect((await call('GET', REPO)).body).toMatchObject({ message: 'Bad credentials' });
  expect((await fetch(`${github.url}${REPO}`)).status).toBe(401);
});

it('it is where GitHub Enterprise Server is, too', async () => {
  const { call } = await started();
  expect((await call('GET', `/api/v3${REPO}`)).status).toBe(200);
});

it('a stand-in of upload-artifact leaves its files over HTTP', async () => {
  const { call } = await started();
  const left = { run: '7', name: 'deploy', files: { 'deploy.json': '{"a":1}' } };
  expect((await call('POST', '/_artifacts', left)).status).toBe(201);
  expect((await call('POST', '/_artifacts', { name: 'deploy' })).status).toBe(422);
  const { body } = await call('GET', `${REPO}/actions/runs/7/artifacts`);
  const archive = body.artifacts[0]?.archive_download_url ?? '';
  const zip = await fetch(archive, { headers: { authorization: 'token t0ken' } });
  expect(Buffer.from(await zip.arrayBuffer()).subarray(0, 4)).toEqual(Buffer.from('PK\x03\x04'));
});
