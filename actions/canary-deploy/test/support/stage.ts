import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Emulator, type EmulatorConfigInput, startEmulator } from '@apex-actions/emulator/emulator';
import { type Load, startLoad } from '@apex-actions/emulator/load/index';
import { type RunningAction, type StepResult, startAction } from '@apex-actions/testkit/run-action';
import { type protos, RevisionsClient, ServicesClient } from '@google-cloud/run';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { onTestFinished } from 'vitest';

export { onlyError } from '@apex-actions/testkit/only-error';

type Service = protos.google.cloud.run.v2.IService;

export const app = fileURLToPath(new URL('app.ts', import.meta.url));
const actions = fileURLToPath(new URL('../../..', import.meta.url));

const BEHAVIOURS = {
  v1: {},
  v2: {},
  failing: { FAIL_SHARE: '0.5' },
  down: { FAIL_SHARE: '1' },
  slow: { DELAY_MS: '1000' },
  broken: { START: 'no' },
  rude: { START: 'no', LAST_WORDS: '::error::from the container\n::set-output name=outcome::promoted' },
  unhealthy: { HEALTH: '500' },
  /** Its health check fails at first. */
  warming: { WARMUP: '2' },
} as const satisfies Record<string, Record<string, string>>;

export type ImageName = keyof typeof BEHAVIOURS;

/** The image that behaves so, by digest. */
export function image(name: ImageName): string {
  return `europe-west1-docker.pkg.dev/test-project/shop/api@sha256:${createHash('sha256').update(name).digest('hex')}`;
}

export const SERVICE = 'shop';
export const PROJECT = 'test-project';
export const REGION = 'europe-west1';
export const SERVICE_NAME = `projects/${PROJECT}/locations/${REGION}/services/${SERVICE}`;
const PINNED = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION' as const;

/** Short enough for a test; long enough for metrics to come in, and at most for as many as a slow machine brings in time. */
const PACE = {
  'max-error-rate': '10%',
  steps: '50',
  bake: '2s',
  'max-bake': '20s',
  'poll-interval': '300ms',
  timeout: '2m',
};

/** For a rollout that is to end without evidence, or to be held for longer than it bakes. */
export const SHORT_BAKE = { 'max-bake': '4s' } as const;

/** For a rollout that something else ends. */
export const LONG_BAKE = { bake: '1m', 'max-bake': '1m' } as const;

/** An emulated Cloud Run, the clients of other people, and our actions. Ends with the test. */
export type Stage = {
  emulator: Emulator;
  services: ServicesClient;
  revisions: RevisionsClient;
  env: Record<string, string>;
  start(
    action: 'canary-deploy' | 'rollback',
    inputs?: Record<string, string>,
    env?: Record<string, string>,
  ): RunningAction;
  /** Main, and post where the action has one. */
  run(
    action: 'canary-deploy' | 'rollback',
    inputs?: Record<string, string>,
    env?: Record<string, string>,
  ): Promise<StepResult>;
  deploy(name: ImageName, inputs?: Record<string, string>): Promise<StepResult>;
  /** Makes the service as gcloud does: traffic follows the latest revision. Returns the name of that revision. */
  create(name: ImageName, service?: Service): Promise<string>;
  service(): Promise<Service>;
  /** Changes the service as somebody else. */
  update(change: Service, paths: string[]): Promise<void>;
  load(ratePerSecond?: number): Promise<Load>;
  /** Who has users, as `shop-00001-abc 50, …`, from what Cloud Run shows. */
  split(): Promise<Record<string, number>>;
  /** Requests of users that a revision answered, counted by the emulator. */
  usersOf(revision: string): number;
  /** Names and masks of the writes so far. */
  writes(): { method: string; request: unknown; code: string }[];
  /** Resolves when the nth write has come in, which may still be under way. */
  nthWrite(nth: number): Promise<void>;
  /** Resolves when no write is under way any more. */
  writesEnded(): Promise<void>;
};

/** `atEnd` is told what to do when the stage is not needed any more: when the test has finished, unless given. */
export async function createStage(
  config: Partial<EmulatorConfigInput> = {},
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<Stage> {
  const emulator = await startEmulator({
    project: PROJECT,
    region: REGION,
    images: (Object.keys(BEHAVIOURS) as ImageName[]).map((name) => ({
      image: image(name),
      command: [process.execPath, app],
      env: BEHAVIOURS[name],
    })),
    metrics: { 'sample-period': '1s', 'ingest-delay': '500ms' },
    'reconcile-delay': '20ms',
    ...config,
  });
  atEnd(() => emulator.stop());
  const address = {
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.run).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
  const services = new ServicesClient(address);
  const revisions = new RevisionsClient(address);
  atEnd(async () => {
    await Promise.all([services.close(), revisions.close()]);
  });
  const env = {
    CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: emulator.endpoints.run,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: emulator.endpoints.monitoring,
  };

  const stage: Stage = {
    emulator,
    services,
    revisions,
    env,
    start(action, inputs = {}, more = {}) {
      const common = { service: SERVICE, region: REGION, 'project-id': PROJECT, 'health-path': '/health' };
      const pace = action === 'canary-deploy' ? PACE : {};
      const running = startAction({
        directory: `${actions}/${action}`,
        inputs: { ...common, ...pace, ...inputs },
        env: { ...env, ...more },
      });
      atEnd(async () => running.dispose());
      return running;
    },
    async run(action, inputs, more) {
      const running = stage.start(action, inputs, more);
      const result = await running.main;
      if (running.hasPost) await running.post();
      return result;
    },
    deploy: (name, inputs = {}) => stage.run('canary-deploy', { image: image(name), ...inputs }),
    async create(name, service = {}) {
      const [ingress, ...sidecars] = service.template?.containers ?? [];
      const containers = [{ image: image(name), ...ingress }, ...sidecars];
      const [operation] = await services.createService({
        parent: `projects/${PROJECT}/locations/${REGION}`,
        serviceId: SERVICE,
        service: { ...service, template: { ...service.template, containers } },
      });
      await operation.promise();
      const { latestReadyRevision } = await stage.service();
      return latestReadyRevision?.split('/').at(-1) ?? '';
    },
    async service() {
      const [service] = await services.getService({ name: SERVICE_NAME });
      return service;
    },
    async update(change, paths) {
      const [operation] = await services.updateService({
        service: { ...change, name: SERVICE_NAME },
        updateMask: { paths },
      });
      await operation.promise();
    },
    async load(ratePerSecond = 150) {
      const load = startLoad({ url: (await stage.service()).uri ?? '', ratePerSecond });
      atEnd(async () => {
        await load.stop();
      });
      return load;
    },
    async split() {
      const { trafficStatuses, latestReadyRevision } = await stage.service();
      const split: Record<string, number> = {};
      for (const { revision, percent } of trafficStatuses ?? []) {
        const name = (revision || latestReadyRevision || '').split('/').at(-1) ?? '';
        if (percent) split[name] = (split[name] ?? 0) + percent;
      }
      return split;
    },
    usersOf: (revision) =>
      emulator.control
        .requests()
        .filter((tally) => tally.revision === revision && tally.via === 'service')
        .flatMap((tally) => Object.values(tally.statusClasses))
        .reduce((sum, count) => sum + count, 0),
    writes: () =>
      emulator.control.calls().filter(({ method }) => /(Create|Update|Delete)Service$/.test(method)),
    async nthWrite(nth) {
      while (stage.writes().length < nth) await setTimeout(10);
    },
    async writesEnded() {
      while (stage.writes().some(({ code }) => code === 'PENDING')) await setTimeout(10);
    },
  };
  return stage;
}

/** A traffic target for a named revision. */
export function pinned(revision: string, percent: number, tag?: string) {
  return { type: PINNED, revision, percent, ...(tag === undefined ? {} : { tag }) };
}
