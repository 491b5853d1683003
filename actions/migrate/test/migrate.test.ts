import { expect, test } from 'vitest';
import { createStage, IMAGE, NEXT_IMAGE, onlyError, script } from './support/stage.ts';

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
  expect(result.outputs).toEqual({
    execution: execution?.name?.split('/').at(-1),
    status: 'succeeded',
    'log-url': execution?.logUri,
    'duration-seconds': expect.stringMatching(/^\d+$/),
    'schema-version': execution?.name?.split('/').at(-1),
  });
  expect(result.summary).toContain('✅ Migrated');
});
