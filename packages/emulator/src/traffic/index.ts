import { resolve } from 'node:path';
import type {
  DataPlane,
  RevisionProcess,
  RouteTag,
  RouteTarget,
  RunningTask,
  StartResult,
} from '../dataplane.ts';
import type { LogRecorder } from '../logging/store.ts';
import { taskWriter } from '../logging/writers.ts';
import type { RequestRecorder } from '../monitoring/requests.ts';
import { type Child, startChild } from './child.ts';
import { drawImpact, type RequestFault } from './faults.ts';
import { type FrontEnd, openFrontEnd } from './front-end.ts';
import { commandOf, type ImageMapping, mappingOf } from './images.ts';
import { createInstance, type Instance } from './instance.ts';
import { createLogTail } from './log-tail.ts';
import { imageNotFound } from './messages.ts';
import { createPorts } from './ports.ts';
import { chooseRevision } from './routing.ts';
import { createTally, type RequestTally } from './tally.ts';
import { createWatchdog } from './watchdog.ts';

export type { RequestRecorder } from '../monitoring/requests.ts';
export type { RequestFault } from './faults.ts';
export type { ImageMapping } from './images.ts';
export type { RequestTally } from './tally.ts';

/** Faults on requests, and what can be seen of the traffic from outside the metrics. */
export type TrafficControl = {
  /** Makes requests of one revision fail or wait, by whatever address they came; `null` heals it. */
  setRevisionFault(service: string, revision: string, fault: RequestFault | null): void;
  /** Hits all revisions of a service, tagged addresses included: an outage of a shared dependency. */
  setServiceFault(service: string, fault: RequestFault | null): void;
  requests(): RequestTally[];
  /** The last lines that a revision's processes wrote, oldest first. */
  logs(service: string, revision: string): string[];
};

export type DataPlaneOptions = {
  images: ImageMapping[];
  /** Working directory of image mappings whose own `directory` is relative. */
  directory: string;
  recorder: RequestRecorder;
  recordLog: LogRecorder;
  /** Milliseconds of a monotonic clock, for latencies. */
  now?: () => number;
  /** Uniform in [0, 1); decides the split and the faults. */
  random?: () => number;
  /** Time between SIGTERM and SIGKILL; Cloud Run's 10 s unless given. */
  stopGraceMs?: number;
};

type Service = {
  instances: Map<string, Instance>;
  targets: RouteTarget[];
  tags: Map<string, string>;
  address: Promise<FrontEnd> | undefined;
  tagAddresses: Map<string, Promise<FrontEnd>>;
  fault: RequestFault | undefined;
  revisionFaults: Map<string, RequestFault>;
};

export function createDataPlane(options: DataPlaneOptions): DataPlane & TrafficControl {
  const {
    images,
    directory,
    recorder,
    recordLog,
    now = () => performance.now(),
    random = Math.random,
  } = options;
  const watchdog = createWatchdog();
  const context = {
    images,
    directory,
    watchdog,
    recordLog,
    ports: createPorts(),
    stopGraceMs: options.stopGraceMs ?? 10_000,
  };
  const services = new Map<string, Service>();
  const tally = createTally();
  const tasks = new Set<Child>();

  let closed = false;

  function serviceOf(name: string): Service {
    if (closed) throw new Error('The data plane is closed.');
    let service = services.get(name);
    if (!service) {
      service = {
        instances: new Map(),
        targets: [],
        tags: new Map(),
        address: undefined,
        tagAddresses: new Map(),
        fault: undefined,
        revisionFaults: new Map(),
      };
      services.set(name, service);
    }
    return service;
  }

  function open(name: string, service: Service, tag: string | undefined): Promise<FrontEnd> {
    return openFrontEnd({
      now,
      route: () => {
        const revision =
          tag === undefined ? chooseRevision(service.targets, random()) : service.tags.get(tag);
        if (revision === undefined) return undefined;
        return {
          revision,
          upstream: async () => service.instances.get(revision)?.upstream(),
          impact: drawImpact([service.fault, service.revisionFaults.get(revision)], random),
        };
      },
      answered: (revision, status, latencyMs) => {
        recorder.record({ service: name, revision, responseCode: status, latencyMs });
        tally.count(name, revision, tag === undefined ? 'service' : 'tag', status);
      },
    });
  }

  async function removeService(name: string): Promise<void> {
    const service = services.get(name);
    if (!service) return;
    services.delete(name);
    const addresses = await Promise.all([service.address, ...service.tagAddresses.values()]);
    await Promise.all(addresses.map((address) => address?.close()));
    await Promise.all([...service.instances.values()].map((instance) => instance.stop()));
  }

  return {
    async startRevision(process: RevisionProcess): Promise<StartResult> {
      const { instances } = serviceOf(process.service);
      const previous = instances.get(process.revision);
      const instance = createInstance(process, context);
      instances.set(process.revision, instance);
      await previous?.stop();
      return instance.start();
    },

    async stopRevision(name, revision) {
      const service = services.get(name);
      const instance = service?.instances.get(revision);
      service?.instances.delete(revision);
      await instance?.stop();
    },

    async serviceUrl(name) {
      const service = serviceOf(name);
      service.address ??= open(name, service, undefined);
      return (await service.address).url;
    },

    async tagUrl(name, tag) {
      const service = serviceOf(name);
      const address = service.tagAddresses.get(tag) ?? open(name, service, tag);
      service.tagAddresses.set(tag, address);
      return (await address).url;
    },

    async setRoutes(name, targets: RouteTarget[], tags: RouteTag[]) {
      const service = serviceOf(name);
      service.targets = structuredClone(targets);
      service.tags = new Map(tags.map(({ tag, revision }) => [tag, revision]));
    },

    removeService,

    knowsImage: (image) => mappingOf(image, images) !== undefined,

    startTask(task) {
      const mapping = mappingOf(task.image, images);
      if (closed || !mapping) return notStarted(imageNotFound(task.image));
      const child = startChild({
        command: commandOf(task, mapping),
        directory: resolve(directory, mapping.directory),
        env: { ...mapping.env, ...task.env },
        logs: createLogTail((line, source) => recordLog(taskWriter(task), line, source)),
        watchdog,
      });
      tasks.add(child);
      void child.ended.then(() => tasks.delete(child));
      return { ended: child.ended, stop: () => child.stop(context.stopGraceMs) };
    },

    async close() {
      closed = true;
      await Promise.all([...tasks].map((child) => child.stop(context.stopGraceMs)));
      await Promise.all([...services.keys()].map(removeService));
      watchdog.close();
    },

    setRevisionFault(name, revision, fault) {
      const { revisionFaults } = serviceOf(name);
      if (fault) revisionFaults.set(revision, { ...fault });
      else revisionFaults.delete(revision);
    },

    setServiceFault(name, fault) {
      serviceOf(name).fault = fault ? { ...fault } : undefined;
    },

    requests: () => tally.list(),

    logs: (name, revision) => services.get(name)?.instances.get(revision)?.logs() ?? [],
  };
}

function notStarted(error: string): RunningTask {
  return { ended: Promise.resolve({ error }), stop: async () => {} };
}
