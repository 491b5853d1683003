import { setTimeout } from 'node:timers/promises';
import { type Fault, type GitHub, type GitHubOptions, startGitHub } from '@apex-actions/testkit/github';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStage, image, type Stage } from './support/stage.ts';

const TOKEN = 'ghs_deploying0000000000000000000000000';
/** Of the testkit's job. */
const SHA = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/9876543210';
const WITH_TOKEN = { 'github-token': TOKEN };

type Setting = { stage: Stage; github: GitHub; env: Record<string, string>; first: string };

/** A service with users, and GitHub. */
async function setting(options: GitHubOptions = {}): Promise<Setting> {
  const github = await startGitHub({ token: TOKEN, ...options });
  onTestFinished(() => github.stop());
  const stage = await createStage();
  const first = await stage.create('v1');
  await stage.load();
  return { stage, github, env: { GITHUB_API_URL: github.url }, first };
}

/** As GitHub makes it before a job with an `environment` starts. */
async function jobDeployment({ github }: Setting, environment = 'production', job = 77): Promise<number> {
  const base = `${github.url}/repos/octo-org/octo-repo/deployments`;
  const headers = { authorization: `token ${TOKEN}` };
  const send = (url: string, body: unknown) =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const made = (await (await send(base, { ref: SHA, environment })).json()) as { id: number };
  await send(`${base}/${made.id}/statuses`, { state: 'queued' });
  await send(`${base}/${made.id}/statuses`, { state: 'in_progress', log_url: `${RUN}/job/${job}` });
  return made.id;
}

const statusesOf = ({ github }: Setting, nth = 0) =>
  github
    .repository()
    .deployments[nth]?.statuses.map(({ state, description }) => `${state}: ${description}`) ?? [];

const last = <T>(items: readonly T[]): T | undefined => items.at(-1);

describe('a good rollout', () => {
  it('is told on a deployment of its own, and in one comment on the pull request that was merged', async () => {
    const given = await setting();
    const { stage, github, env } = given;
    const pull = github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA });
    const result = await stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, env);
    expect(result.exitCode, result.log).toBe(0);

    const [deployment] = github.repository().deployments;
    expect(deployment).toMatchObject({ environment: 'shop', sha: SHA, ref: SHA, transient: false });
    expect(deployment?.payload).toMatchObject({ revision: result.outputs.revision, run: '9876543210' });
    const statuses = statusesOf(given);
    expect(statuses[0]).toBe('in_progress: canary 0 %, its health is checked');
    expect(last(statuses)).toMatch(/^success: promoted: /);
    expect(last(deployment?.statuses ?? [])).toMatchObject({
      environmentUrl: result.outputs.url,
      logUrl: `${RUN}/attempts/1`,
    });
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toMatch(/^<!-- apex:rollout [^>]+ -->\n\n### ✅ Promoted: `shop`/);
    expect(pull.comments[0]?.body).toContain('| 50 % |');
    expect(pull.comments[0]?.body).toContain(`[Run](${RUN}/attempts/1)`);
    expect(github.violations()).toEqual([]);
  });

  it("is told on the job's own deployment, whose end is left to GitHub", async () => {
    const given = await setting();
    const { stage, github, env } = given;
    const id = await jobDeployment(given);
    const result = await stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, env);
    expect(result.exitCode, result.log).toBe(0);
    expect(github.repository().deployments.map((each) => each.id)).toEqual([id]);
    expect(last(statusesOf(given))).toMatch(/^in_progress: promoted: /);
    const links = github.repository().deployments[0]?.statuses.map(({ logUrl }) => logUrl);
    expect(new Set(links?.slice(1))).toEqual(new Set([`${RUN}/job/77`]));
    expect(github.violations()).toEqual([]);
  });
});

it('two jobs of the run deploy at once: neither deployment is taken for this one', async () => {
  const given = await setting();
  await jobDeployment(given, 'production', 77);
  await jobDeployment(given, 'production', 78);
  const inputs = { image: image('v2'), ...WITH_TOKEN, environment: 'production' };
  const result = await given.stage.run('canary-deploy', inputs, given.env);
  expect(result.exitCode, result.log).toBe(0);
  const { deployments } = given.github.repository();
  expect(deployments.map(({ environment }) => environment)).toEqual(Array(3).fill('production'));
  expect([statusesOf(given, 0).length, statusesOf(given, 1).length]).toEqual([2, 2]);
  expect(last(statusesOf(given, 2))).toMatch(/^success: /);
});

describe('a rollback', () => {
  it('is a failure, with an issue that is opened once for an image', async () => {
    const given = await setting();
    const { stage, github, env, first } = given;
    const inputs = { image: image('down'), ...WITH_TOKEN, issue: 'true', environment: 'staging' };
    for (let i = 0; i < 2; i++) {
      const result = await stage.run('canary-deploy', inputs, env);
      expect(result.outputs.outcome, result.log).toBe('rolled-back');
    }
    expect(await stage.split()).toEqual({ [first]: 100 });
    const { issues, deployments } = github.repository();
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ labels: ['apex-rollback'], state: 'open' });
    expect(issues[0]?.title).toMatch(/^Rolled back: shop [0-9a-f]{12}$/);
    expect(issues[0]?.body).toContain('## ❌ Rolled back: `shop`');
    expect(deployments.map(({ environment }) => environment)).toEqual(['staging', 'staging']);
    for (const nth of [0, 1]) expect(last(statusesOf(given, nth))).toMatch(/^failure: rolled back: /);

    if (issues[0]) issues[0].state = 'closed';
    await stage.run('canary-deploy', inputs, env);
    expect(issues).toHaveLength(2);
    expect(github.violations()).toEqual([]);
  });

  it('by hand is told where the release was told, and names the commit that users are back on', async () => {
    const given = await setting();
    const { stage, github, env, first } = given;
    const pull = github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA });
    const deploy = { image: image('v2'), ...WITH_TOKEN };
    const deployed = await stage.run('canary-deploy', deploy, env);
    const later = { ...env, GITHUB_SHA: 'c'.repeat(40), GITHUB_RUN_ID: '11' };
    const inputs = { to: first, reason: 'old | prices', issue: 'true', ...WITH_TOKEN };
    const result = await stage.run('rollback', inputs, later);
    expect(result.exitCode, result.log).toBe(0);
    const moved = `rolled back from ${deployed.outputs.revision} to ${first}: old | prices`;
    expect(statusesOf(given, 1)).toEqual([`success: ${moved}`]);
    expect(pull.comments).toHaveLength(1);
    expect(pull.comments[0]?.body).toContain('### ⏪ Rolled back: `shop`');
    expect(github.repository().issues.filter((issue) => !issue.pull)).toHaveLength(1);
    expect(github.violations()).toEqual([]);
  });
});

it('a rollout that is cancelled says so, once stable is restored', async () => {
  const given = await setting();
  const { stage, env, first } = given;
  const inputs = { image: image('v2'), bake: '1m', 'max-bake': '1m', ...WITH_TOKEN };
  const running = stage.start('canary-deploy', inputs, env);
  await running.waitForLine((line) => line.includes('Users have'));
  await running.waitForLine((line) => line.startsWith('50 % |'));
  running.cancel();
  const result = await running.main;
  await running.post();
  expect(result.outputs.outcome, result.log).toBe('aborted');
  expect(await stage.split()).toEqual({ [first]: 100 });
  expect(last(statusesOf(given))).toMatch(/^failure: stopped without a verdict: .*SIGINT/);
});

it('a main step that was killed is ended by its post step', async () => {
  const given = await setting();
  const { stage, env, first } = given;
  const inputs = { image: image('v2'), bake: '1m', 'max-bake': '1m', ...WITH_TOKEN };
  const running = stage.start('canary-deploy', inputs, env);
  await running.waitForLine((line) => line.startsWith('50 % |'));
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  await running.post();
  expect(await stage.split()).toEqual({ [first]: 100 });
  expect(statusesOf(given, 1)).toEqual([]);
  expect(last(statusesOf(given))).toMatch(/^failure: stopped without a verdict: the step ended/);
});

describe('what GitHub does decides nothing', () => {
  const TROUBLE: [name: string, fault: Fault | 'gone', warning: RegExp][] = [
    ['refuses connections', 'gone', /could not be sent to GitHub/],
    ['answers 403', { status: 403, message: 'Resource not accessible by integration' }, /deployments: write/],
    ['answers 500', { status: 500 }, /could not be sent to GitHub/],
    ['breaks connections', { reset: true }, /could not be sent to GitHub/],
    ['never answers', { hang: true }, /did not answer in time|could not be sent/],
    ['limits the rate', { status: 429, headers: { 'retry-after': '600' } }, /limits the requests/],
  ];

  it.each(TROUBLE)('when it %s', async (_name, fault, warning) => {
    const { stage, github, env, first } = await setting();
    if (fault === 'gone') await github.stop();
    else github.fail(fault);
    const inputs = { ...WITH_TOKEN, issue: 'true' };
    const good = await stage.run('canary-deploy', { image: image('v2'), ...inputs }, env);
    expect([good.exitCode, good.outputs.outcome], good.log).toEqual([0, 'promoted']);
    const serving = good.outputs.revision ?? first;
    expect(await stage.split()).toEqual({ [serving]: 100 });
    const warnings = good.annotations.filter(({ level }) => level === 'warning');
    expect(
      warnings.some(({ message }) => warning.test(message)),
      good.log,
    ).toBe(true);
    expect(warnings.length).toBeLessThanOrEqual(2);
    expect(good.annotations.some(({ level }) => level === 'error')).toBe(false);

    const bad = await stage.run('canary-deploy', { image: image('down'), ...inputs }, env);
    expect([bad.exitCode, bad.outputs.outcome], bad.log).toEqual([1, 'rolled-back']);
    expect(await stage.split()).toEqual({ [serving]: 100 });
  });

  it('is warned of with the permission that is missing, and the rest is sent', async () => {
    const given = await setting({ permissions: { deployments: 'write' } });
    given.github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA });
    const result = await given.stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, given.env);
    const warnings = result.annotations.filter(({ level }) => level === 'warning');
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("Add `pull-requests: write` to the job's `permissions`"),
    ]);
    expect(last(statusesOf(given))).toMatch(/^success: /);
  });
});

describe('nothing is sent', () => {
  it('without a token, on a dry run, and when there was nothing to do', async () => {
    const { stage, github, env } = await setting();
    await stage.run('canary-deploy', { image: image('v2'), 'dry-run': 'true', ...WITH_TOKEN }, env);
    const deployed = await stage.run('canary-deploy', { image: image('v2') }, env);
    expect(deployed.outputs.outcome).toBe('promoted');
    const again = await stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, env);
    expect(again.outputs.outcome, again.log).toBe('promoted');
    expect(github.calls()).toEqual([]);
  });

  it('to an API that is asked over plain HTTP elsewhere', async () => {
    const { stage, github } = await setting();
    const env = { GITHUB_API_URL: 'http://github.example.com/api/v3' };
    const result = await stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, env);
    expect(result.outputs.outcome).toBe('promoted');
    expect(result.log).toContain('GitHub is told nothing');
    expect(github.calls()).toEqual([]);
  });
});

it('the token is in no output, whatever goes wrong', async () => {
  const { stage, github, env } = await setting();
  const pull = github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA });
  github.fail({ path: /comments/, status: 500, message: `::error::${TOKEN}` });
  const inputs = { image: image('v2'), ...WITH_TOKEN };
  const result = await stage.run('canary-deploy', inputs, { ...env, RUNNER_DEBUG: '1' });
  expect(result.masks).toContain(TOKEN);
  const unmasked = result.lines.filter((line) => line.includes(TOKEN) && !line.startsWith('::add-mask::'));
  // What GitHub itself says is masked by the runner.
  expect(unmasked.every((line) => line.includes(`::error::${TOKEN}`))).toBe(true);
  expect(result.log).not.toContain(TOKEN);
  expect(result.summary).not.toContain(TOKEN);
  expect(pull.comments).toEqual([]);
  await setTimeout(0);
});

it('hostile names stay text', async () => {
  const given = await setting();
  const { stage, github, env } = given;
  const environment = `prod --><img src=x onerror=alert(1)> @octocat \`|\` ::error::EVIL`;
  const pull = github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA, title: '::error::EVIL' });
  const inputs = { image: image('v2'), ...WITH_TOKEN, environment };
  for (const name of ['v2', 'v1'] as const) {
    const result = await stage.run('canary-deploy', { ...inputs, image: image(name) }, env);
    expect(result.exitCode, result.log).toBe(0);
    expect(result.lines.filter((line) => line.startsWith('::error'))).toEqual([]);
  }
  expect(pull.comments).toHaveLength(1);
  const [first, ...rest] = pull.comments[0]?.body.split('\n') ?? [];
  expect(first).toMatch(/^<!-- apex:rollout [\w%.~!*'()-]+ [\w%.~!*'()-]+ -->$/);
  expect(rest.join('\n')).toContain(`in \`\` ${environment} \`\``);
});
