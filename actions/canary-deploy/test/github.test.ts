import { describe, expect, it } from 'vitest';
import { jobDeployment, last, RUN, SHA, setting, statusesOf, TOKEN, WITH_TOKEN } from './support/github.ts';
import { image } from './support/stage.ts';

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

it('a rollout that is held goes on in a later run, on the same deployment', async () => {
  const given = await setting();
  const { stage, env } = given;
  const inputs = { image: image('v2'), steps: '25, 50', ...WITH_TOKEN };
  const held = await stage.run('canary-deploy', { ...inputs, 'hold-at': '25' }, env);
  expect(held.outputs.outcome, held.log).toBe('held');
  expect(last(statusesOf(given))).toMatch(/^in_progress: held: /);
  const later = { ...env, GITHUB_RUN_ID: '11' };
  const resumed = await stage.run('canary-deploy', { ...inputs, resume: 'true' }, later);
  expect(resumed.outputs.outcome, resumed.log).toBe('promoted');
  expect(given.github.repository().deployments).toHaveLength(1);
  expect(last(statusesOf(given))).toMatch(/^success: promoted: /);
  expect(given.github.violations()).toEqual([]);
});

it('a first deploy is told as it ended', async () => {
  const given = await setting({ serving: false });
  const inputs = { image: image('v1'), spec: '{"template": {}}', ...WITH_TOKEN };
  const result = await given.stage.run('canary-deploy', inputs, given.env);
  expect(result.outputs.outcome, result.log).toBe('promoted');
  expect(statusesOf(given)).toEqual([
    `success: promoted: ${result.outputs.revision} serves all users of the new service`,
  ]);
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
});

it('hostile names stay text', async () => {
  const given = await setting();
  const { stage, github, env } = given;
  const environment = `prod --><img src=x onerror=alert(1)> @octocat \`|\` ::error::EVIL`;
  const pull = github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA, title: '::error::EVIL' });
  const inputs = { image: image('v2'), ...WITH_TOKEN, environment };
  for (const name of ['v2', 'v1'] as const) {
    const told = pull.comments.find(({ author }) => author !== 'mallory');
    // Somebody who writes what we would write is not taken for us.
    if (told) pull.comments.unshift({ ...told, id: 1, author: 'mallory' });
    const result = await stage.run('canary-deploy', { ...inputs, image: image(name) }, env);
    expect(result.exitCode, result.log).toBe(0);
    expect(result.lines.filter((line) => line.startsWith('::error'))).toEqual([]);
  }
  expect(pull.comments.map(({ author }) => author)).toEqual(['mallory', 'github-actions[bot]']);
  expect(pull.comments[0]?.body).not.toBe(pull.comments[1]?.body);
  const [first, ...rest] = pull.comments[1]?.body.split('\n') ?? [];
  expect(first).toMatch(/^<!-- apex:rollout [\w%.~!*'()-]+ [\w%.~!*'()-]+ -->$/);
  expect(rest.join('\n')).toContain(`in \`\` ${environment} \`\``);
});
