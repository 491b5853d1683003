import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, type EmulatorConfigInput, startEmulator } from '@apex-actions/emulator/emulator';
import { startLoad } from '@apex-actions/emulator/load/index';
import { type RunningAction, type StepResult, startAction } from '@apex-actions/testkit/run-action';
import {
  ExecutionsClient,
  JobsClient,
  type protos,
  RevisionsClient,
  ServicesClient,
} from '@google-cloud/run';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { onTestFinished } from 'vitest';

export { onlyError } from '@apex-actions/testkit/only-error';

export type IService = protos.google.cloud.run.v2.IService;
type Inputs = Readonly<Record<string, string>>;

const actions = fileURLToPath(new URL('../../..', import.meta.url));
const app = fileURLToPath(new URL('app.mjs', import.meta.url));

export const PROJECT = 'test-project';
export const REGION = 'europe-west1';
export const PARENT = `projects/${PROJECT}/locations/${REGION}`;
export const SERVICE_NAME = `${PARENT}/services/shop`;
export const JOB_NAME = `${PARENT}/jobs/migrate-shop`;

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
/** Serves; as a job it runs Node. */
export const IMAGE = `europe-west1-docker.pkg.dev/test-project/shop/api@${digest('v1')}`;
/** Another build of the same. */
export const NEXT_IMAGE = `europe-west1-docker.pkg.dev/test-project/shop/api@${digest('v2')}`;

/** Inputs that run a script of Node's instead of what the image would. */
export const script = (text: string): Inputs => ({
  command: process.execPath,
  args: `-e,${text.replaceAll(',', '\\,').replaceAll('\n', ' ')}`,
});

/** A script that does not end by itself. */
export const FOREVER = "console.log('begun'); setInterval(() => {}, 1000)";

/** A script that prints `begun` and goes on, to `then`, once it is `open`ed. */
export function gate(then = "console.log('done')") {
  const directory = mkdtempSync(join(tmpdir(), 'apex-gate-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'open');
  return {
    script: `console.log('begun'); const timer = setInterval(() => { if (require('node:fs').existsSync('${path}')) { clearInterval(timer); ${then} } }, 20)`,
    open: () => writeFileSync(path, ''),
  };
}

/** What the service's container has: secrets, a database's socket, and variables of its own. */
const SERVICE: IService = {
  template: {
    serviceAccount: 'shop@test-project.iam.gserviceaccount.com',
    vpcAccess: { egress: 'PRIVATE_RANGES_ONLY', networkInterfaces: [{ network: 'main', subnetwork: 'run' }] },
    encryptionKey: 'projects/p/locations/r/keyRings/k/cryptoKeys/c',
    volumes: [
      { name: 'sql', cloudSqlInstance: { instances: ['test-project:europe-west1:main'] } },
      { name: 'cert', secret: { secret: 'db-cert', items: [{ path: 'ca.pem', version: 'latest' }] } },
      { name: 'scratch', emptyDir: { medium: 'MEMORY' } },
    ],
    containers: [
      {
        image: IMAGE,
        env: [
          { name: 'LOG_LEVEL', value: 'info' },
          { name: 'DATABASE_URL', valueSource: { secretKeyRef: { secret: 'db-url', version: 'latest' } } },
        ],
        volumeMounts: [
          { name: 'sql', mountPath: '/cloudsql' },
          { name: 'cert', mountPath: '/certs' },
          { name: 'scratch', mountPath: '/scratch' },
        ],
      },
    ],
  },
};

export async function createStage(
  config: Partial<EmulatorConfigInput> = {},
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
) {
  const emulator: Emulator = await startEmulator({
    project: PROJECT,
    region: REGION,
    images: [IMAGE, NEXT_IMAGE].map((image) => ({ image, command: [process.execPath, app] })),
    metrics: { 'sample-period': '1s', 'ingest-delay': '500ms' },
    logs: { 'ingest-delay': '100ms' },
    secrets: { 'db-url': 'postgres://shop:hunter2@127.0.0.1:1/shop' },
    'reconcile-delay': '10ms',
    ...config,
  });
  atEnd(() => emulator.stop());
  const address = {
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.run).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
  const clients = {
    services: new ServicesClient(address),
    jobs: new JobsClient(address),
    executions: new ExecutionsClient(address),
    revisions: new RevisionsClient(address),
  };
  atEnd(async () => {
    await Promise.all(Object.values(clients).map((client) => client.close()));
  });
  const env = {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: emulator.endpoints.logging,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL: emulator.endpoints.sql,
  };

  const startOf = (action: string, inputs: Inputs, more: Record<string, string>): RunningAction => {
    const running = startAction({
      directory: `${actions}/${action}`,
      inputs: { region: REGION, 'project-id': PROJECT, ...inputs },
      env: { ...env, ...more },
    });
    atEnd(async () => running.dispose());
    return running;
  };
  const ended = async (running: RunningAction): Promise<StepResult> => {
    const result = await running.main;
    if (running.hasPost) await running.post();
    return result;
  };
  const start = (inputs: Inputs, more: Record<string, string> = {}) =>
    startOf('migrate', { service: 'shop', image: IMAGE, ...inputs }, more);

  return {
    emulator,
    ...clients,
    env,
    /** Main of migrate, for service `shop` unless told otherwise. */
    start,
    /** Main and post of migrate. */
    run: (inputs: Inputs, more: Record<string, string> = {}) => ended(start(inputs, more)),
    /** Main and post of another action on service `shop`. */
    other: (action: 'canary-deploy' | 'rollback', inputs: Inputs) =>
      ended(startOf(action, { service: 'shop', 'health-path': '/health', ...inputs }, {})),
    async createService(service: IService = SERVICE): Promise<void> {
      const [operation] = await clients.services.createService({
        parent: PARENT,
        serviceId: 'shop',
        service,
      });
      await operation.promise();
    },
    async service(): Promise<IService> {
      const [service] = await clients.services.getService({ name: SERVICE_NAME });
      return service;
    },
    /** Requests of users, until the test ends. */
    async load(): Promise<void> {
      const [service] = await clients.services.getService({ name: SERVICE_NAME });
      const load = startLoad({ url: service.uri ?? '', ratePerSecond: 100 });
      atEnd(async () => {
        await load.stop();
      });
    },
    async updateService(service: IService, paths: string[]): Promise<void> {
      const [operation] = await clients.services.updateService({
        service: { ...service, name: SERVICE_NAME },
        updateMask: { paths },
      });
      await operation.promise();
    },
    async job() {
      const [job] = await clients.jobs.getJob({ name: JOB_NAME });
      return job;
    },
    async runs() {
      const [all] = await clients.executions.listExecutions({ parent: JOB_NAME });
      return all;
    },
    calls: (method: string) => emulator.control.calls().filter((call) => call.method.endsWith(`/${method}`)),
  };
}

export type Stage = Awaited<ReturnType<typeof createStage>>;
