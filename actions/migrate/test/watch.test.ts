import { expect, test } from 'vitest';
import { createStage, FOREVER, gate, onlyError, script } from './support/stage.ts';

test('the log streams while the migration runs, and nothing in it is executed', async () => {
  const stage = await createStage();
  await stage.createService();
  const waits = gate("console.log('step 3')");
  const running = stage.start(
    script(`
      console.log('step 1');
      console.log('::set-output name=status::forged');
      console.log('::error::forged');
      console.log(JSON.stringify({ severity: 'ERROR', message: 'step 2 is slow' }));
      console.error('could not connect to postgres://shop:hunter2@db/shop');
      ${waits.script}`),
  );
  await running.waitForLine((line) => line === 'step 1');
  expect((await stage.runs())[0]?.completionTime).toBeNull();
  waits.open();
  const result = await running.main;
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toMatch(
    /step 1\n[\s\S]*ERROR step 2 is slow\n[\s\S]*postgres:\/\/shop:\*\*\*@db\/shop\n[\s\S]*step 3/,
  );
  expect(result.log).not.toContain('hunter2');
  expect(result.annotations).toEqual([]);
  expect(result.outputs.status).toBe('succeeded');
});

test('what the runner masks is masked', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run({
    ...script("console.log('the token is ' + process.env.TOKEN); process.exit(1)"),
    'env-vars': 'TOKEN=ghs_000000000000000000000000000000000000',
  });
  expect(result.log).toContain('the token is ***');
  expect(result.log).not.toContain('ghs_0');
});

test('a failure tells exit code and last lines where people look first', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run(
    script("for (let i = 1; i <= 60; i++) console.log('line ' + i); process.exitCode = 3"),
  );
  expect(result.exitCode).toBe(1);
  const error = onlyError(result);
  expect(error).toMatch(/^The migration failed with exit code 3: Task migrate-shop-\w+-task0 failed/);
  expect(error).toMatch(/\n {2}line 12\n/);
  expect(error).toContain('  line 60\n');
  expect(error).not.toMatch(/\bline 11\n/);
  expect(error).toMatch(
    /The database may be between two versions.*Look at the schema, correct the migration/,
  );
  expect(result.outputs).toMatchObject({
    status: 'failed',
    execution: expect.stringMatching(/^migrate-shop-/),
  });
  expect(result.summary).toMatch(/❌ Migration failed[\s\S]*```\n[\s\S]*line 60\n/);
  expect(await stage.runs()).toMatchObject([{ failedCount: 1, retriedCount: 0 }]);
});

test('it is tried again where that is asked', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run({
    ...script("process.exit(process.env.CLOUD_RUN_TASK_ATTEMPT === '2' ? 0 : 1)"),
    'max-retries': '2',
  });
  expect(result.exitCode, result.log).toBe(0);
  expect(await stage.runs()).toMatchObject([{ succeededCount: 1, retriedCount: 1 }]);
});

test('a migration that takes too long is told apart from one that fails', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run({ ...script(FOREVER), timeout: '1s' });
  expect(onlyError(result)).toMatch(
    /^The migration took longer than `timeout`: .*configured timeout was reached/,
  );
  expect(result.outputs.status).toBe('timed-out');
});

test('so is one that somebody else cancels', async () => {
  const stage = await createStage();
  await stage.createService();
  const running = stage.start(script(FOREVER));
  await running.waitForLine((line) => line === 'begun');
  const [execution] = await stage.runs();
  await stage.executions.cancelExecution({ name: execution?.name ?? '' });
  const result = await running.main;
  expect(onlyError(result)).toMatch(/^The migration was cancelled: Execution cancelled\./);
  expect(result.outputs.status).toBe('cancelled');
});

test('when the step is cancelled the execution is, and the post step says what that means', async () => {
  const stage = await createStage();
  await stage.createService();
  const running = stage.start(script(FOREVER));
  await running.waitForLine((line) => line === 'begun');
  running.cancel();
  expect(onlyError(await running.main)).toMatch(
    /^The step was cancelled while execution migrate-shop-\w+ was running\. The post step of this action cancels it\. The database may be between two versions/,
  );
  const post = await running.post();
  expect(post.exitCode, post.log).toBe(0);
  expect(post.annotations).toMatchObject([
    {
      level: 'warning',
      message: expect.stringMatching(
        /^Execution migrate-shop-\w+ ended as cancelled \(Execution cancelled\.\)\. The database may be between/,
      ),
    },
  ]);
  expect(await stage.runs()).toMatchObject([{ cancelledCount: 1, completionTime: expect.anything() }]);
});

test('a killed step is put right by its post step, too', async () => {
  const stage = await createStage();
  await stage.createService();
  const running = stage.start(script(FOREVER));
  await running.waitForLine((line) => line === 'begun');
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  const post = await running.post();
  expect(post.log).toMatch(/ended as cancelled/);
  expect(await stage.runs()).toMatchObject([{ cancelledCount: 1 }]);
});

test('a migration that ends while its step is dead is remembered by the post step', async () => {
  const stage = await createStage();
  await stage.createService();
  const waits = gate("console.log('schema-version: 7')");
  const running = stage.start({
    ...script(waits.script),
    compatibility: 'breaking',
    'down-args': 'down,{version}',
  });
  await running.waitForLine((line) => line === 'begun');
  process.kill(running.pid, 'SIGKILL');
  await running.main;
  waits.open();
  await expect.poll(async () => (await stage.runs())[0]?.completionTime).toBeTruthy();
  const post = await running.post();
  expect(post.log).toContain('Service shop has schema 7 (breaking)');
  const { annotations } = await stage.service();
  expect(JSON.parse(annotations?.['apex.dev/schema-history'] ?? '')).toMatchObject({
    current: '7',
    changes: [{ version: '7', compatibility: 'breaking' }],
    job: 'migrate-shop',
    downArgs: ['down', '{version}'],
  });
});

test('after a migration there is nothing for the post step to do', async () => {
  const stage = await createStage();
  await stage.createService();
  const running = stage.start(script('0'));
  expect((await running.main).exitCode).toBe(0);
  const before = stage.emulator.control.calls().length;
  expect((await running.post()).log).toContain('Main left nothing to put right');
  expect(stage.emulator.control.calls()).toHaveLength(before);
});

test('what cannot be seen for a while is not given up', async () => {
  const stage = await createStage();
  await stage.createService();
  const { control } = stage.emulator;
  control.addFault({ method: 'GetExecution', from: 1, count: 2, code: 'INTERNAL', message: 'a bad moment' });
  control.addFault({ method: 'ListLogEntries', nth: 1, code: 'INTERNAL' });
  control.addFault({ method: 'ListTasks', code: 'PERMISSION_DENIED' });
  const result = await stage.run({
    ...script("console.log('schema-version: 7')"),
    compatibility: 'breaking',
  });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs['schema-version']).toBe('7');
  expect(result.log).toMatch(/The execution cannot be seen: .*a bad moment; trying again/);
});
