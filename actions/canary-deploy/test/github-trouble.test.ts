import type { Fault } from '@apex-actions/testkit/github';
import type { StepResult } from '@apex-actions/testkit/run-action';
import { describe, expect, it } from 'vitest';
import { last, SHA, setting, statusesOf, WITH_TOKEN } from './support/github.ts';
import { image, LONG_BAKE } from './support/stage.ts';

/** Those about GitHub. */
function warningsOf({ annotations }: StepResult): string[] {
  const all = annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
  return all.filter((message) => message.includes('GitHub'));
}

it('a rollout that is cancelled says so, once stable is restored', async () => {
  const given = await setting();
  const { stage, env, first } = given;
  const inputs = { image: image('v2'), ...LONG_BAKE, ...WITH_TOKEN };
  const running = stage.start('canary-deploy', inputs, env);
  await running.waitForLine((line) => line.includes('Users have'));
  await running.waitForLine((line) => line.includes('50 % |'));
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
  const inputs = { image: image('v2'), ...LONG_BAKE, ...WITH_TOKEN };
  const running = stage.start('canary-deploy', inputs, env);
  await running.waitForLine((line) => line.includes('50 % |'));
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  await running.post();
  expect(await stage.split()).toEqual({ [first]: 100 });
  expect(statusesOf(given, 1)).toEqual([]);
  expect(last(statusesOf(given))).toMatch(/^failure: stopped without a verdict: the step ended/);
});

describe('what GitHub does decides nothing', () => {
  const TROUBLE: [name: string, fault: Fault | 'gone', warned: number, warning: RegExp][] = [
    ['refuses connections', 'gone', 1, /could not be sent to GitHub/],
    [
      'answers 403',
      { status: 403, message: 'Resource not accessible by integration' },
      2,
      /deployments: write/,
    ],
    ['answers 500', { status: 500 }, 1, /could not be sent to GitHub/],
    ['breaks connections', { reset: true }, 1, /could not be sent to GitHub/],
    ['never answers', { hang: true }, 1, /did not answer in time|could not be sent/],
    ['limits the rate', { status: 429, headers: { 'retry-after': '600' } }, 1, /limits the requests/],
  ];

  it.each(TROUBLE)('when it %s', async (_name, fault, warned, warning) => {
    const { stage, github, env, first } = await setting();
    if (fault === 'gone') await github.stop();
    else github.fail(fault);
    const inputs = { ...WITH_TOKEN, issue: 'true' };
    const good = await stage.run('canary-deploy', { image: image('v2'), ...inputs }, env);
    expect([good.exitCode, good.outputs.outcome], good.log).toEqual([0, 'promoted']);
    const serving = good.outputs.revision ?? first;
    expect(await stage.split()).toEqual({ [serving]: 100 });
    const warnings = warningsOf(good);
    expect(warnings, good.log).toHaveLength(warned);
    expect(warnings[0]).toMatch(warning);
    expect(good.annotations.some(({ level }) => level === 'error')).toBe(false);
  });

  it.each([
    ['refuses connections', 'gone'],
    ['never answers', { hang: true }],
  ] as const)('when it %s and a release is bad', async (_name, fault) => {
    const { stage, github, env, first } = await setting();
    if (fault === 'gone') await github.stop();
    else github.fail(fault);
    const inputs = { ...WITH_TOKEN, issue: 'true' };
    const bad = await stage.run('canary-deploy', { image: image('down'), ...inputs }, env);
    expect([bad.exitCode, bad.outputs.outcome], bad.log).toEqual([1, 'rolled-back']);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });

  it('is warned of with the permission that is missing, and the rest is sent', async () => {
    const given = await setting({ permissions: { deployments: 'write' } });
    given.github.addPull({ headSha: 'b'.repeat(40), mergeSha: SHA });
    const result = await given.stage.run('canary-deploy', { image: image('v2'), ...WITH_TOKEN }, given.env);
    expect(warningsOf(result)).toEqual([
      expect.stringContaining("Add `pull-requests: write` to the job's `permissions`"),
    ]);
    expect(last(statusesOf(given))).toMatch(/^success: /);
  });

  it('when it never answers and the job is cancelled: the step ends in time, and stable is restored', async () => {
    const { stage, github, env, first } = await setting();
    github.fail({ hang: true });
    const inputs = { image: image('v2'), ...LONG_BAKE, ...WITH_TOKEN };
    const running = stage.start('canary-deploy', inputs, env);
    await running.waitForLine((line) => line.includes('50 % |'));
    running.cancel();
    const result = await running.main;
    await running.post();
    expect([result.signal, result.outputs.outcome], result.log).toEqual([null, 'aborted']);
    expect(await stage.split()).toEqual({ [first]: 100 });
  });
});
