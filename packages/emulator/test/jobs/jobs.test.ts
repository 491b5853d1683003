import { expect, test } from 'vitest';
import { codeOf, completedOf, IMAGE, JOB, jobOf, PARENT, startWorld } from './world.ts';

test('a job is created with what Cloud Run fills in, and read back', async () => {
  const { jobs, create } = await startWorld();
  const job = jobOf('', { maxRetries: undefined }, { taskCount: undefined });
  const created = await create(job);
  expect(created).toMatchObject({
    name: JOB,
    generation: '1',
    terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' },
    executionCount: 0,
    template: {
      taskCount: 1,
      template: { maxRetries: 3, timeout: { seconds: '600' }, containers: [{ image: IMAGE }] },
    },
  });
  expect((await jobs.getJob({ name: JOB }))[0]).toMatchObject({ etag: created.etag });
  expect((await jobs.listJobs({ parent: PARENT }))[0]).toMatchObject([{ name: JOB }]);
});

test('an update replaces the whole job, on the condition of its etag', async () => {
  const { jobs, create } = await startWorld();
  const { etag = '' } = await create({ ...jobOf('1'), labels: { team: 'shop' } });
  const [operation] = await jobs.updateJob({ job: { ...jobOf('2'), name: JOB, etag } });
  await operation.promise();
  const [updated] = await jobs.getJob({ name: JOB });
  expect(updated).toMatchObject({ generation: '2', labels: {} });
  expect(updated.etag).not.toBe(etag);
  expect(await codeOf(jobs.updateJob({ job: { ...jobOf('3'), name: JOB, etag } }))).toBe('ABORTED');
  expect(await codeOf(jobs.runJob({ name: JOB, etag }))).toBe('ABORTED');
});

test('an execution runs a real process, and succeeds with it', async () => {
  const { jobs, create, run } = await startWorld({ secrets: { 'db-url': 'postgres://db' } });
  const script =
    'const { DB, GREETING, CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION, CLOUD_RUN_TASK_INDEX } = process.env;' +
    "console.log([DB, GREETING, CLOUD_RUN_JOB, CLOUD_RUN_EXECUTION.split('-')[0], CLOUD_RUN_TASK_INDEX].join(' '))";
  const job = jobOf(script, {}, { annotations: { 'apex.dev/run': 'x' } });
  const [container] = job.template?.template?.containers ?? [];
  if (container) {
    container.env = [{ name: 'DB', valueSource: { secretKeyRef: { secret: 'db-url', version: 'latest' } } }];
  }
  await create(job);
  const { name, execution, tasks } = await run({
    containerOverrides: [{ env: [{ name: 'GREETING', value: 'hello' }] }],
  });
  expect(name).toMatch(/\/jobs\/migrate\/executions\/migrate-[a-z0-9]{5}$/);
  expect(execution).toMatchObject({
    annotations: { 'apex.dev/run': 'x' },
    reconciling: false,
    succeededCount: 1,
    failedCount: 0,
    runningCount: 0,
    logUri: expect.stringContaining('execution_name'),
  });
  expect(completedOf(execution)).toMatchObject({
    state: 'CONDITION_SUCCEEDED',
    message: expect.stringMatching(/^Execution completed successfully in [\d.]+s\.$/),
  });
  expect(tasks).toMatchObject([{ index: 0, retried: 0, lastAttemptResult: { exitCode: 0, status: null } }]);
  expect((await jobs.getJob({ name: JOB }))[0]).toMatchObject({
    executionCount: 1,
    latestCreatedExecution: { name, completionStatus: 'EXECUTION_SUCCEEDED' },
  });
});

test('what a container writes becomes log entries of the execution', async () => {
  const { create, run, logging, texts } = await startWorld();
  const script =
    "console.log('up 1'); console.error('careful'); console.log(JSON.stringify({ severity: 'warning', message: 'slow', ms: 3 }))";
  await create(jobOf(script));
  const { name } = await run();
  const filter = [
    'resource.type="cloud_run_job"',
    'resource.labels.job_name="migrate"',
    `labels."run.googleapis.com/execution_name"="${name.split('/').at(-1)}"`,
  ].join(' AND ');
  const [entries] = await logging.listLogEntries({ resourceNames: ['projects/demo'], filter });
  const shown = entries.map(({ logName, severity, textPayload, jsonPayload }) => ({
    log: logName?.split('%2F').at(-1),
    severity,
    text: textPayload || jsonPayload?.fields?.message?.stringValue,
  }));
  expect(shown).toEqual(
    expect.arrayContaining([
      { log: 'stdout', severity: 'DEFAULT', text: 'up 1' },
      { log: 'stderr', severity: 'DEFAULT', text: 'careful' },
      { log: 'stdout', severity: 'WARNING', text: 'slow' },
      { log: 'system', severity: 'DEFAULT', text: 'Container called exit(0).' },
    ]),
  );
  expect(await texts(`${filter} AND severity>=WARNING`)).toHaveLength(1);
  expect(await texts(`${filter} AND timestamp<"2020-01-01T00:00:00Z"`)).toEqual([]);
});

test('a failing container is tried again as often as it may be', async () => {
  const { create, run, texts } = await startWorld();
  await create(
    jobOf("console.log('attempt ' + process.env.CLOUD_RUN_TASK_ATTEMPT); process.exit(7)", { maxRetries: 2 }),
  );
  const { name, execution, tasks } = await run();
  expect(execution).toMatchObject({ failedCount: 1, succeededCount: 0, retriedCount: 1 });
  expect(completedOf(execution)).toMatchObject({
    state: 'CONDITION_FAILED',
    executionReason: 'NON_ZERO_EXIT_CODE',
    message: `Task ${name.split('/').at(-1)}-task0 failed with exit code: 7 and message: The container exited with an error.`,
  });
  expect(tasks).toMatchObject([{ retried: 2, lastAttemptResult: { exitCode: 7 } }]);
  const attempts = (await texts('')).filter((text) => text?.startsWith('attempt'));
  expect(attempts).toEqual(['attempt 0', 'attempt 1', 'attempt 2']);
});

test('a container that takes too long is ended', async () => {
  const { create, run } = await startWorld();
  await create(jobOf('setInterval(() => {}, 1000)', { timeout: { seconds: '1' } }));
  const { execution, tasks } = await run();
  expect(completedOf(execution)?.message).toMatch(/The configured timeout was reached\.$/);
  expect(tasks[0]?.lastAttemptResult?.status?.message).toBe('The configured timeout was reached.');
});

test('an execution can be cancelled, however its container ends, and a completed one cannot', async () => {
  const { jobs, executions, create, texts } = await startWorld();
  const code = "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('up')";
  await create(jobOf(code, { maxRetries: 3 }));
  const [running] = await jobs.runJob({ name: JOB });
  const { name } = running.metadata as { name: string };
  const [listed] = await executions.listExecutions({ parent: JOB });
  expect(listed).toMatchObject([{ name, reconciling: true }]);
  await expect.poll(() => texts('')).toContain('up');
  const [operation] = await executions.cancelExecution({ name });
  await operation.promise();
  const [cancelled] = await executions.getExecution({ name });
  expect(completedOf(cancelled)).toMatchObject({ state: 'CONDITION_FAILED', executionReason: 'CANCELLED' });
  expect(cancelled).toMatchObject({ cancelledCount: 1, retriedCount: 0 });
  expect(await codeOf(running.promise())).toBe('CANCELLED');
  expect(await codeOf(executions.cancelExecution({ name }))).toBe('FAILED_PRECONDITION');
});

test('tasks run side by side, each with its index', async () => {
  const { create, run, texts } = await startWorld();
  await create(
    jobOf("console.log('task ' + process.env.CLOUD_RUN_TASK_INDEX)", {}, { taskCount: 3, parallelism: 2 }),
  );
  const { execution } = await run();
  expect(execution).toMatchObject({ taskCount: 3, parallelism: 2, succeededCount: 3 });
  const lines = (await texts('')).filter((text) => text?.startsWith('task')).sort();
  expect(lines).toEqual(['task 0', 'task 1', 'task 2']);
});

test('overrides are for one execution', async () => {
  const { create, run, jobs } = await startWorld();
  await create(jobOf("console.log('job')"));
  const args = ['-e', 'process.exit(3)'];
  expect((await run({ containerOverrides: [{ args }], taskCount: 2 })).execution).toMatchObject({
    taskCount: 2,
    failedCount: 2,
  });
  expect((await run()).execution).toMatchObject({ taskCount: 1, succeededCount: 1 });
  expect(await codeOf(jobs.runJob({ name: JOB, overrides: { containerOverrides: [{ name: 'x' }] } }))).toBe(
    'INVALID_ARGUMENT',
  );
});

test('an image that is not there leaves a job that cannot be run', async () => {
  const { jobs } = await startWorld();
  const job = { template: { template: { containers: [{ image: 'eu.example/none' }] } } };
  const [operation] = await jobs.createJob({ parent: PARENT, jobId: 'migrate', job });
  await expect(operation.promise()).rejects.toThrow("Image 'eu.example/none' not found.");
  expect((await jobs.getJob({ name: JOB }))[0]).toMatchObject({
    terminalCondition: { state: 'CONDITION_FAILED', reason: 'CONTAINER_MISSING' },
  });
  expect(await codeOf(jobs.runJob({ name: JOB }))).toBe('FAILED_PRECONDITION');
});

test('a program that cannot be started fails its execution', async () => {
  const { create, run } = await startWorld({ images: [{ image: IMAGE, command: ['/no/such/program'] }] });
  await create(jobOf(''));
  const { execution } = await run();
  expect(completedOf(execution)?.message).toMatch(/The container failed to start: .*ENOENT/);
});

test('deleting a job ends what runs of it', async () => {
  const { jobs, executions, create, texts } = await startWorld();
  await create(jobOf('setInterval(() => {}, 1000)'));
  const [running] = await jobs.runJob({ name: JOB });
  const { name } = running.metadata as { name: string };
  const [operation] = await jobs.deleteJob({ name: JOB });
  await operation.promise();
  expect(await codeOf(jobs.getJob({ name: JOB }))).toBe('NOT_FOUND');
  expect(await codeOf(executions.getExecution({ name }))).toBe('NOT_FOUND');
  await running.promise().catch(() => undefined);
  expect((await texts('')).at(-1)).toMatch(/Container terminated on signal SIGTERM/);
});

test.each([
  ['no container', { template: { template: {} } }],
  ['no image', { template: { template: { containers: [{}] } } }],
  ['a port', { template: { template: { containers: [{ image: 'x', ports: [{ containerPort: 80 }] }] } } }],
  ['more parallelism than tasks', jobOf('', {}, { parallelism: 2 })],
  ['too many retries', jobOf('', { maxRetries: 11 })],
])('a job with %s is refused', async (_, job) => {
  const { jobs } = await startWorld();
  expect(await codeOf(jobs.createJob({ parent: PARENT, jobId: 'migrate', job }))).toBe('INVALID_ARGUMENT');
});

test.each(['run.jobs.create', 'run.jobs.run', 'run.executions.get', 'logging.logEntries.list'])(
  'without %s the call is refused',
  async (permission) => {
    const { jobs, executions, logging } = await startWorld({ permissions: { deny: [permission] } });
    const codes = [
      await codeOf(
        jobs
          .createJob({ parent: PARENT, jobId: 'migrate', job: jobOf('') })
          .then(([operation]) => operation.promise()),
      ),
      await codeOf(jobs.runJob({ name: JOB })),
      await codeOf(executions.getExecution({ name: `${JOB}/executions/x` })),
      await codeOf(logging.listLogEntries({ resourceNames: ['projects/demo'] })),
    ];
    expect(codes).toContain('PERMISSION_DENIED');
  },
);

test('logs are seen late, or not at all while they are held', async () => {
  const { emulator, create, run, texts } = await startWorld();
  await create(jobOf("console.log('late')"));
  emulator.control.holdLogs();
  await new Promise((done) => setTimeout(done, 5));
  await run();
  expect(await texts('')).toEqual([]);
  emulator.control.releaseLogs();
  expect(await texts('')).toContain('late');
});

test.each(['textPayload:"x"', 'resource.type="a" OR resource.type="b"', 'nonsense'])(
  'a filter that is not understood is an error: %s',
  async (filter) => {
    const { logging } = await startWorld();
    expect(await codeOf(logging.listLogEntries({ resourceNames: ['projects/demo'], filter }))).toBe(
      'UNIMPLEMENTED',
    );
  },
);
