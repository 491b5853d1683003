import { expect, test } from 'vitest';
import { createStage, FOREVER, gate, JOB_NAME, onlyError, type Stage, script } from './support/stage.ts';

/** An execution that somebody starts by hand. */
const runByHand = (stage: Stage, text: string) =>
  stage.jobs.runJob({ name: JOB_NAME, overrides: { containerOverrides: [{ args: ['-e', text] }] } });

test('while another execution runs it refuses, and names it', async () => {
  const stage = await createStage();
  await stage.createService();
  const waits = gate();
  const first = stage.start(script(waits.script));
  await first.waitForLine((line) => line === 'begun');
  const second = await stage.run(script('0'));
  const [execution] = await stage.runs();
  expect(onlyError(second)).toBe(
    `Job migrate-shop is in use. Execution ${execution?.name?.split('/').at(-1)} is running: ${execution?.logUri}. Nothing was run. Wait for it, or set \`wait-for-running: true\`; two migrations at once can harm each other.`,
  );
  waits.open();
  expect((await first.main).exitCode).toBe(0);
  expect(await stage.runs()).toHaveLength(1);
});

test('or it waits', async () => {
  const stage = await createStage();
  await stage.createService();
  await stage.run(script('0'));
  const waits = gate();
  await runByHand(stage, waits.script);
  const running = stage.start({ ...script("console.log('my turn')"), 'wait-for-running': 'true' });
  await running.waitForLine((line) => line.includes('Waiting.'));
  waits.open();
  const result = await running.main;
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toMatch(
    /Waiting\. Execution migrate-shop-\w+ is running[\s\S]*Free after[\s\S]*my turn/,
  );
  const [last, other] = await stage.runs();
  expect(Number(last?.createTime?.seconds)).toBeGreaterThanOrEqual(Number(other?.completionTime?.seconds));
});

test.each([2, 5])(
  'of %i that start in the same second, on a job that is not there yet, one runs',
  async (count) => {
    const stage = await createStage();
    await stage.createService();
    const waits = gate();
    let ended = 0;
    const runs = Array.from({ length: count }, async () => {
      const result = await stage.run(script(waits.script));
      ended += 1;
      return result;
    });
    await expect.poll(() => ended).toBe(count - 1);
    waits.open();
    const results = await Promise.all(runs);
    expect(results.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    for (const result of results.filter(({ exitCode }) => exitCode !== 0)) {
      expect(onlyError(result)).toMatch(/^Job migrate-shop is in use\./);
    }
    expect(await stage.runs()).toHaveLength(1);
  },
);

test('of two that start in the same second, and wait, one runs after the other', async () => {
  const stage = await createStage();
  await stage.createService();
  await stage.run(script('0'));
  const inputs = { ...script("setTimeout(() => console.log('done'), 500)"), 'wait-for-running': 'true' };
  const results = await Promise.all([stage.run(inputs), stage.run(inputs)]);
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const runs = await stage.runs();
  expect(runs).toHaveLength(3);
  const toMs = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
    Number(time?.seconds) * 1000 + (time?.nanos ?? 0) / 1e6;
  expect(toMs(runs[0]?.createTime)).toBeGreaterThanOrEqual(toMs(runs[1]?.completionTime));
});

test('a job that somebody else changes before it is run is not run', async () => {
  const stage = await createStage();
  await stage.createService();
  stage.emulator.control.addFault({ method: 'RunJob', hold: true });
  const running = stage.start(script('0'));
  await expect.poll(() => stage.calls('RunJob').length).toBe(1);
  await stage.jobs.updateJob({ job: { ...(await stage.job()), labels: { by: 'hand' } } });
  stage.emulator.control.clearFaults();
  const result = await running.main;
  await running.post();
  expect(onlyError(result)).toMatch(
    /^Job migrate-shop was changed or deleted by somebody else just before it was run\. Nothing was run\./,
  );
  expect(await stage.runs()).toEqual([]);
  expect((await stage.run(script('0'))).exitCode).toBe(0);
});

test('a run that dies before it starts its execution leaves the job to others', async () => {
  const stage = await createStage();
  await stage.createService();
  stage.emulator.control.addFault({ method: 'RunJob', hold: true, code: 'UNAVAILABLE' });
  const dying = stage.start(script('0'));
  await expect.poll(() => stage.calls('RunJob').length).toBe(1);
  process.kill(dying.pid, 'SIGKILL');
  await dying.main;
  stage.emulator.control.clearFaults();
  expect(onlyError(await stage.run(script('0')))).toMatch(
    /Another run is about to start an execution, or to end: https:/,
  );
  const post = await dying.post();
  expect(post.exitCode, post.log).toBe(0);
  expect(post.log).toMatch(/nothing was migrated/);
  expect((await stage.run(script('0'))).exitCode).toBe(0);
});

test.each(['before', 'after'] as const)(
  'an execution whose start is answered by a broken connection (%s it took effect) runs once',
  async (when) => {
    const stage = await createStage();
    await stage.createService();
    stage.emulator.control.addFault({ method: 'RunJob', nth: 1, kind: 'disconnect', when });
    const result = await stage.run(script("console.log('once')"));
    expect(result.exitCode, result.log).toBe(0);
    expect(await stage.runs()).toHaveLength(1);
  },
);

test('while a canary is split nothing is migrated that is not declared backward', async () => {
  const stage = await createStage();
  await stage.createService();
  const latest = async () => (await stage.service()).latestReadyRevision?.split('/').at(-1) ?? '';
  const first = await latest();
  const { template } = await stage.service();
  await stage.updateService({ template: { ...template, labels: { a: 'b' } } }, ['template.labels']);
  const second = await latest();
  const target = (revision: string) => ({
    type: 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const,
    revision,
    percent: 50,
  });
  await stage.updateService({ traffic: [target(first), target(second)] }, ['traffic']);
  for (const compatibility of ['', 'breaking']) {
    const result = await stage.run({ ...script('0'), compatibility });
    expect(onlyError(result)).toMatch(
      /^Users of service shop have shop-\S+ 50 %, shop-\S+ 50 %\. Nothing was run\. Let the rollout end/,
    );
  }
  expect(stage.calls('CreateJob')).toEqual([]);
  const backward = await stage.run({ ...script('0'), compatibility: 'backward' });
  expect(backward.exitCode, backward.log).toBe(0);
});

test('a start that takes longer than its answer is waited for happens once', async () => {
  const stage = await createStage();
  await stage.createService();
  stage.emulator.control.addFault({ method: 'RunJob', nth: 1, delay: '40s' });
  const result = await stage.run(script("console.log('once')"));
  expect(result.exitCode, result.log).toBe(0);
  // The first call arrives while all is over, and carries an etag of before.
  await expect.poll(() => stage.calls('RunJob').map(({ code }) => code)).toEqual(['ABORTED', 'OK']);
  expect(await stage.runs()).toHaveLength(1);
});

test('an execution that somebody else starts while a backup is made is not joined', async () => {
  const stage = await createStage({ sql: { instances: [{ name: 'main' }] } });
  await stage.createService();
  await stage.run(script('0'));
  const running = stage.start({ ...script('0'), 'backup-instance': 'main' });
  await running.waitForLine((line) => line.includes('Back up main'));
  await runByHand(stage, FOREVER);
  expect(onlyError(await running.main)).toMatch(/^Job migrate-shop is in use\. Execution .* is running/);
  expect(await stage.runs()).toHaveLength(2);
});

test('an execution that somebody starts by hand is not taken for ours', async () => {
  const stage = await createStage();
  await stage.createService();
  stage.emulator.control.addFault({ method: 'RunJob', nth: 1, hold: true, code: 'UNAVAILABLE' });
  const dying = stage.start({ ...script('0'), 'schema-version': '42', compatibility: 'breaking' });
  await expect.poll(() => stage.calls('RunJob').length).toBe(1);
  process.kill(dying.pid, 'SIGKILL');
  await dying.main;
  await runByHand(stage, FOREVER);
  const post = await dying.post();
  expect(post.log).toContain('nothing was migrated');
  const [byHand] = await stage.runs();
  expect(byHand).toMatchObject({ cancelledCount: 0 });
  const { annotations } = await stage.service();
  expect(Object.keys(annotations ?? {})).toEqual([]);
});
