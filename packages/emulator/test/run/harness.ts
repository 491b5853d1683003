import type {
  DataPlane,
  RevisionProcess,
  RouteTag,
  RouteTarget,
  StartResult,
} from '@apex-actions/emulator/dataplane';
import type { CallRecord } from '@apex-actions/emulator/grpc/calls';
import { serviceDefinitions } from '@apex-actions/emulator/grpc/definitions';
import { createFaultPlan, type FaultInput, faultSchema } from '@apex-actions/emulator/grpc/faults';
import { startGrpcServer } from '@apex-actions/emulator/grpc/server';
import { createControlPlane } from '@apex-actions/emulator/run/control-plane';
import { type protos, RevisionsClient, ServicesClient } from '@google-cloud/run';
import { credentials, status } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

// Keeps the clients from asking a metadata server whether they run on Google Cloud.
process.env.METADATA_SERVER_DETECTION = 'none';

export type IService = protos.google.cloud.run.v2.IService;
export type IRevision = protos.google.cloud.run.v2.IRevision;
export type ITrafficTarget = protos.google.cloud.run.v2.ITrafficTarget;

export const PARENT = 'projects/demo/locations/europe-west1';
export const API = `${PARENT}/services/api`;
export const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
export const PINNED = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

/** The message that Cloud Run gives for a container that does not listen. */
export const NOT_LISTENING =
  'The user-provided container failed to start and listen on the port defined provided by the PORT=8080 environment variable within the allocated timeout.';

export type FakeDataPlane = DataPlane & {
  started: RevisionProcess[];
  stopped: string[];
  removed: string[];
  routes: Map<string, { targets: RouteTarget[]; tags: RouteTag[] }>;
  /** Revisions of images with this name wait until they are let go. */
  release: (image: string) => void;
};

/** Images named `bad…` fail to start, images named `slow…` wait to be released, all others are ready at once. */
export function fakeDataPlane(): FakeDataPlane {
  const held = new Map<string, PromiseWithResolvers<void>>();
  const hold = (image: string) => {
    const gate = held.get(image) ?? Promise.withResolvers<void>();
    held.set(image, gate);
    return gate;
  };
  const plane: FakeDataPlane = {
    started: [],
    stopped: [],
    removed: [],
    routes: new Map(),
    release: (image) => hold(image).resolve(),
    startRevision: async (process): Promise<StartResult> => {
      plane.started.push(process);
      if (process.image.startsWith('slow')) {
        await hold(process.image).promise;
      }
      return process.image.startsWith('bad')
        ? { ready: false, reason: 'HEALTH_CHECK_CONTAINER_ERROR', message: NOT_LISTENING, logs: [] }
        : { ready: true };
    },
    stopRevision: async (_service, revision) => {
      plane.stopped.push(revision);
    },
    serviceUrl: async (service) => `http://127.0.0.1:1/${service}`,
    tagUrl: async (service, tag) => `http://127.0.0.1:1/${tag}---${service}`,
    setRoutes: async (service, targets, tags) => {
      plane.routes.set(service, { targets, tags });
    },
    removeService: async (service) => {
      plane.removed.push(service);
    },
    knowsImage: () => true,
    startTask: () => ({ ended: Promise.resolve({ code: 0 }), stop: async () => {} }),
    close: async () => {
      for (const gate of held.values()) {
        gate.resolve();
      }
    },
  };
  return plane;
}

export type Harness = {
  services: ServicesClient;
  revisions: RevisionsClient;
  dataPlane: FakeDataPlane;
  calls: CallRecord[];
  port: number;
  fault(fault: FaultInput): void;
  clearFaults(): void;
  /** Creates the service `api`, waits until it is over, and reads it. */
  create(service?: IService): Promise<IService>;
  update(service: IService, paths?: string[]): Promise<IService>;
  get(): Promise<IService>;
};

export async function startHarness({ deny = [] as string[] } = {}): Promise<Harness> {
  const dataPlane = fakeDataPlane();
  const calls: CallRecord[] = [];
  const faults = createFaultPlan([]);
  const controlPlane = createControlPlane({
    location: { project: 'demo', region: 'europe-west1' },
    dataPlane,
    secrets: {},
    reconcileDelayMs: 5,
    deny,
    now: () => new Date(),
    random: Math.random,
    log: () => undefined,
  });
  const server = await startGrpcServer({
    definitions: serviceDefinitions,
    handlers: controlPlane.handlers,
    faults,
    calls,
    onEtagRace: controlPlane.onEtagRace,
    now: () => new Date(),
  });
  const options = {
    apiEndpoint: '127.0.0.1',
    port: server.port,
    sslCreds: credentials.createInsecure(),
  };
  const services = new ServicesClient(options);
  const revisions = new RevisionsClient(options);
  onTestFinished(async () => {
    await Promise.all([services.close(), revisions.close()]);
    await server.stop();
    await dataPlane.close();
    await controlPlane.stop();
  });
  const harness: Harness = {
    services,
    revisions,
    dataPlane,
    calls,
    port: server.port,
    fault: (fault) => faults.add(faultSchema.parse(fault)),
    clearFaults: () => faults.clear(),
    create: async (service = serviceOf('good:1')) => {
      const [operation] = await services.createService({ parent: PARENT, serviceId: 'api', service });
      await operation.promise();
      return harness.get();
    },
    update: async (service, paths) => {
      const [operation] = await services.updateService({
        service: { name: API, ...service },
        ...(paths === undefined ? {} : { updateMask: { paths } }),
      });
      await operation.promise();
      return harness.get();
    },
    get: async () => (await services.getService({ name: API }))[0],
  };
  return harness;
}

export function serviceOf(image: string, rest: IService = {}): IService {
  return { ...rest, template: { ...rest.template, containers: [{ image }] } };
}

/** The id at the end of a resource name. */
export function idOf(name: string | null | undefined): string {
  return (name ?? '').split('/').at(-1) ?? '';
}

export function pinned(revision: string, percent: number, tag = ''): ITrafficTarget {
  return { type: PINNED, revision, percent, ...(tag === '' ? {} : { tag }) };
}

/** The error that a call ends with, as `{code: 'ABORTED', message}`. */
export async function errorOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await call;
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return { code: status[code ?? -1] ?? String(code), message };
  }
  throw new Error('the call was expected to fail');
}

/** Looks again until it is so; never about time, only about order. */
export async function eventually<T>(look: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (isSo(value)) {
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
