import { expect, test } from 'vitest';
import { createStage, IMAGE, NEXT_IMAGE, onlyError, PARENT, script } from './support/stage.ts';

test('a migration runs as a job that has what the service has', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run({
    ...script(
      "console.log(process.env.DATABASE_URL.length + ' ' + process.env.EXTRA + ' ' + process.env.LOG_LEVEL)",
    ),
    'env-vars': 'EXTRA=1',
  });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toContain('40 1 undefined');
  const job = await stage.job();
  expect(job.template).toMatchObject({
    taskCount: 1,
    template: {
      serviceAccount: 'shop@test-project.iam.gserviceaccount.com',
      vpcAccess: {
        egress: 'PRIVATE_RANGES_ONLY',
        networkInterfaces: [{ network: 'main', subnetwork: 'run' }],
      },
      encryptionKey: 'projects/p/locations/r/keyRings/k/cryptoKeys/c',
      maxRetries: 0,
      timeout: { seconds: '600' },
      volumes: [{ name: 'sql' }, { name: 'cert' }],
      containers: [
        {
          image: IMAGE,
          command: [process.execPath],
          env: [{ name: 'DATABASE_URL' }, { name: 'EXTRA', value: '1' }],
          volumeMounts: [
            { name: 'sql', mountPath: '/cloudsql' },
            { name: 'cert', mountPath: '/certs' },
          ],
        },
      ],
    },
  });
  const [execution] = await stage.runs();
  const name = execution?.name?.split('/').at(-1);
  expect(result.outputs).toEqual({
    execution: name,
    status: 'succeeded',
    'log-url': execution?.logUri,
    'duration-seconds': expect.stringMatching(/^\d+$/),
    'schema-version': name,
  });
  expect(result.summary).toContain('✅ Migrated');
  expect(result.summary).toContain(`[Log](${execution?.logUri})`);
});

test('a job that is there keeps what nobody names, but neither arguments nor command', async () => {
  const stage = await createStage();
  await stage.createService();
  const [operation] = await stage.jobs.createJob({
    parent: PARENT,
    jobId: 'migrate-shop',
    job: {
      labels: { team: 'shop' },
      annotations: { note: 'by hand' },
      template: {
        labels: { cost: 'low' },
        template: {
          maxRetries: 3,
          containers: [
            {
              image: IMAGE,
              command: ['old'],
              args: ['old'],
              env: [
                { name: 'BY_HAND', value: 'x' },
                { name: 'EXTRA', value: 'old' },
              ],
              resources: { limits: { cpu: '2', memory: '2Gi' } },
            },
          ],
        },
      },
    },
  });
  await operation.promise();
  const done = await stage.run({
    ...script('0'),
    image: NEXT_IMAGE,
    'env-vars': 'EXTRA=new',
    timeout: '90s',
    'max-retries': '1',
  });
  expect(done.exitCode, done.log).toBe(0);
  expect(await stage.job()).toMatchObject({
    labels: { team: 'shop' },
    annotations: { note: 'by hand' },
    template: {
      labels: { cost: 'low' },
      template: {
        maxRetries: 1,
        timeout: { seconds: '90' },
        containers: [
          {
            image: NEXT_IMAGE,
            resources: { limits: { cpu: '2', memory: '2Gi' } },
            env: [{ name: 'BY_HAND', value: 'x' }, { name: 'DATABASE_URL' }, { name: 'EXTRA', value: 'new' }],
          },
        ],
      },
    },
  });
  // The image's own program serves, and does not end by itself.
  const running = stage.start({});
  await running.waitForLine((line) => line.startsWith('Execution migrate-shop-'));
  running.cancel();
  await running.main;
  await running.post();
  const container = (await stage.job()).template?.template?.containers?.[0];
  expect(container).toMatchObject({ command: [], args: [], image: IMAGE });
});

test('a spec goes before what comes from the service', async () => {
  const stage = await createStage();
  await stage.createService();
  const result = await stage.run({
    ...script('0'),
    secrets: 'DATABASE_URL=admin-url:3',
    spec: `
template:
  template:
    serviceAccount: migrations@test-project.iam.gserviceaccount.com
    containers:
      - resources: { limits: { memory: 1Gi } }
`,
  });
  expect(result.exitCode, result.log).toBe(0);
  expect((await stage.job()).template?.template).toMatchObject({
    serviceAccount: 'migrations@test-project.iam.gserviceaccount.com',
    encryptionKey: 'projects/p/locations/r/keyRings/k/cryptoKeys/c',
    containers: [
      {
        resources: { limits: { cpu: '1000m', memory: '1Gi' } },
        env: [{ valueSource: { secretKeyRef: { secret: 'admin-url', version: '3' } } }],
      },
    ],
  });
});

test('a job of its own needs no service', async () => {
  const stage = await createStage();
  const result = await stage.run({ service: '', job: 'migrate-shop', ...script("console.log('on my own')") });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).toContain('on my own');
  expect(result.outputs['schema-version']).toBeUndefined();
});

test('an image that is not there ends before anything is run', async () => {
  const stage = await createStage();
  await stage.createService();
  const image = `europe-west1-docker.pkg.dev/test-project/shop/none@sha256:${'a'.repeat(64)}`;
  const result = await stage.run({ image });
  expect(onlyError(result)).toMatch(
    /^Job migrate-shop is not ready: .*not found\. The job was written; nothing was run\. Correct what Cloud Run names/,
  );
  expect(stage.calls('RunJob')).toEqual([]);
});

test('a service that is not there is said before anything is changed', async () => {
  const stage = await createStage();
  const result = await stage.run(script('0'));
  expect(onlyError(result)).toMatch(
    /^Service shop does not exist.*Nothing was changed.*before its first deploy/,
  );
  expect(stage.calls('CreateJob')).toEqual([]);
});

test.each<[string, Record<string, string>, RegExp]>([
  ['no image', { image: '' }, /`image` is required/],
  ['no job and no service', { service: '' }, /`job` is required where no `service` is given/],
  ['a job with capitals', { job: 'Migrate' }, /`job` is `Migrate`; accepted: the name of a job/],
  [
    'a compatibility that is none',
    { compatibility: 'maybe' },
    /`compatibility` is `maybe`; accepted: one of `backward`, `breaking`/,
  ],
  [
    'too many retries',
    { 'max-retries': '11' },
    /`max-retries` is `11`; accepted: a whole number, from 0 to 10/,
  ],
  [
    'a version without a service',
    { service: '', job: 'x', 'schema-version': '1' },
    /`service` is required to remember/,
  ],
  [
    'a spec of something else',
    { spec: 'template: { containers: [] }' },
    /the v2 Job has no field `template.containers`/,
  ],
  [
    'an instance that is none',
    { 'backup-instance': 'a b' },
    /`backup-instance` is `a b`; accepted: the name of a Cloud SQL instance/,
  ],
])('%s is one error, and nothing is changed', async (_, inputs, expected) => {
  const stage = await createStage();
  const result = await stage.run(inputs);
  expect(result.exitCode).toBe(1);
  expect(onlyError(result)).toMatch(expected);
  expect(stage.emulator.control.calls()).toEqual([]);
});

test.each(['run.jobs.create', 'run.jobs.run', 'run.jobs.get'])(
  'without %s it says which role is missing',
  async (permission) => {
    const stage = await createStage({ permissions: { deny: [permission] } });
    await stage.createService();
    const result = await stage.run(script('0'));
    expect(onlyError(result)).toMatch(
      new RegExp(
        `The migration failed for job migrate-shop .*'${permission}' denied.*Grant the deploying account`,
      ),
    );
  },
);

test('logs that may not be read do not stop a migration', async () => {
  const stage = await createStage({ permissions: { deny: ['logging.logEntries.list'] } });
  await stage.createService();
  const result = await stage.run(script("console.log('unseen')"));
  expect(result.exitCode, result.log).toBe(0);
  expect(result.log).not.toContain('unseen');
  const warnings = result.annotations.filter(({ level }) => level === 'warning');
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^The log cannot be shown: PERMISSION_DENIED.*roles\/logging\.viewer/),
    expect.stringMatching(/^The end of the log was not seen.*give `schema-version`/),
  ]);
});
