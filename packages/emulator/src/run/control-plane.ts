import { randomUUID } from 'node:crypto';
import type { DataPlane } from '../dataplane.ts';
import { fromJson, toJson } from '../grpc/json.ts';
import { isRecord, type MessageValue, RUN } from '../grpc/schema.ts';
import type { UnaryHandler } from '../grpc/server.ts';
import { createExecutions } from '../jobs/executions.ts';
import { createJobs } from '../jobs/jobs.ts';
import { type Location, locationName } from './names.ts';
import { createOperations } from './operations.ts';
import { createPermissions } from './permissions.ts';
import type { Secrets } from './process.ts';
import { createReconciler } from './reconcile.ts';
import { serviceResource } from './resources.ts';
import { createRevisions } from './revisions.ts';
import { createServices } from './services.ts';
import type { Service } from './types.ts';

export type ControlPlaneOptions = {
  location: Location;
  dataPlane: DataPlane;
  secrets: Secrets;
  reconcileDelayMs: number;
  /** Permissions that the caller does not have. */
  deny: string[];
  now: () => Date;
  /** Uniform in [0, 1); makes the random part of revision names. */
  random: () => number;
  log: (line: string) => void;
};

export type ControlPlane = {
  /** By full service name and method name. */
  handlers: Record<string, Record<string, UnaryHandler>>;
  /** Creates a service from its JSON form, whose `name` is the id, and waits until it has settled. */
  seed(json: unknown, path: string): Promise<void>;
  /** All services in the API's JSON form. */
  services(): unknown[];
  onEtagRace(request: unknown): void;
  stop(): Promise<void>;
};

export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { location, dataPlane, secrets, random, now, log } = options;
  const newId = () => randomUUID();
  const permissions = createPermissions(location.project, options.deny);
  const operations = createOperations(permissions, newId);
  const delayMs = options.reconcileDelayMs;
  const reconciler = createReconciler({ dataPlane, operations, secrets, delayMs, now, log });
  const shared = { location, permissions, operations, reconciler, now };
  const services = createServices({
    ...shared,
    removeFromDataPlane: (service) => dataPlane.removeService(service),
    random,
    newId,
  });
  const revisions = createRevisions({
    ...shared,
    services,
    stopInDataPlane: (service, revision) => dataPlane.stopRevision(service, revision),
  });
  const executions = createExecutions({ ...shared, dataPlane, secrets, random, newId });
  const jobs = createJobs({
    ...shared,
    knowsImage: (image) => dataPlane.knowsImage(image),
    execute: executions.execute,
    end: executions.end,
    newId,
  });
  const ofJobs = executions.handlersOf(jobs);
  return {
    handlers: {
      [`${RUN}.Services`]: services.handlers,
      [`${RUN}.Revisions`]: revisions,
      [`${RUN}.Jobs`]: jobs.handlers,
      [`${RUN}.Executions`]: ofJobs.executions,
      [`${RUN}.Tasks`]: ofJobs.tasks,
      'google.longrunning.Operations': operations.handlers,
    },
    services: () =>
      services.all().map((record) => toJson(`${RUN}.Service`, serviceResource(record) as MessageValue)),
    onEtagRace: (request) => {
      services.touch(request);
      jobs.touch(request);
    },
    seed: async (json, path) => {
      const id = isRecord(json) ? json.name : undefined;
      const service = fromJson(`${RUN}.Service`, json, path) as Service;
      const { name } = services.create(locationName(location), String(id ?? ''), service);
      const { error } = await operations.ended(name ?? '');
      if (error) {
        log(`service ${String(id)}: ${error.message}`);
      }
    },
    stop: () => reconciler.stop(),
  };
}
