import type { RevisionsClient, ServicesClient } from '@google-cloud/run';
import type { Clock } from '../action/clock.ts';
import { type RetryOptions, retrying } from '../action/retry.ts';
import { isSettled } from './conditions.ts';
import { isNotFound } from './errors.ts';
import { finishOperation, type OperationResult, pollDelays } from './operations.ts';
import { type Revision, revisionName, type Service, type ServiceId, serviceName } from './resources.ts';

export type UpdateOptions = { validateOnly?: boolean };

/** Everything the actions ask of Cloud Run, for one service. */
export type ServicePort = {
  id: ServiceId;
  /** Told before each wait for another attempt. */
  onRetry: (error: unknown, delayMs: number) => void;
  /** `undefined` when the service does not exist. */
  get(): Promise<Service | undefined>;
  create(service: Service, options?: UpdateOptions): Promise<OperationResult>;
  /** Writes the named fields, on the condition that the service is still the one that was read. Throws ABORTED otherwise. */
  update(
    read: Service,
    change: Service,
    mask: readonly string[],
    options?: UpdateOptions,
  ): Promise<OperationResult>;
  /** Reads until `accept` holds of a settled service, or the deadline passes (then the last reading is returned). */
  settled(
    accept: (service: Service) => boolean,
    deadlineMs: number,
  ): Promise<{ service: Service; accepted: boolean }>;
  revision(revision: string): Promise<Revision | undefined>;
  /** Newest first. */
  revisions(): Promise<Revision[]>;
};

type Options = {
  services: ServicesClient;
  revisions: RevisionsClient;
  id: ServiceId;
  clock: Clock;
  signal?: AbortSignal;
  /** Told before each wait for another attempt. */
  onRetry: (error: unknown, delayMs: number) => void;
  /** How long one call, its retries and its operation may take. */
  callTimeoutMs: number;
};

/** The adapter on `@google-cloud/run`. Retries live in one place (`retrying`), so the client's own are switched off. */
export function createServicePort(options: Options): ServicePort {
  const { services, revisions, id, clock, signal, callTimeoutMs, onRetry } = options;
  const callOptions = { timeout: 30_000, retry: null };
  const policy = { deadlineMs: callTimeoutMs, onRetry, ...(signal ? { signal } : {}) };

  const finish = (name: string | null | undefined) =>
    finishOperation(name ?? '', (id) => services.checkUpdateServiceProgress(id), { ...policy, clock });

  const port: ServicePort = {
    id,
    onRetry,
    async get() {
      try {
        const [service] = await retrying(
          () => services.getService({ name: serviceName(id) }, callOptions),
          policy,
        );
        return service;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async create(service, { validateOnly = false } = {}) {
      const parent = `projects/${id.project}/locations/${id.region}`;
      const request = { parent, serviceId: id.service, service, validateOnly };
      const [operation] = await services.createService(request, callOptions);
      return validateOnly ? { ok: true } : finish(operation.name);
    },
    async update(read, change, mask, { validateOnly = false } = {}) {
      const request = {
        service: { ...change, name: serviceName(id), etag: read.etag ?? '' },
        updateMask: { paths: [...mask] },
        validateOnly,
      };
      const [operation] = await services.updateService(request, callOptions);
      return validateOnly ? { ok: true } : finish(operation.name);
    },
    async settled(accept, deadlineMs) {
      for (const delayMs of pollDelays()) {
        const service = await port.get();
        if (!service) throw new Error(`service ${id.service} was deleted while it was being watched`);
        const accepted = isSettled(service) && accept(service);
        if (accepted || clock.nowMs() >= deadlineMs) return { service, accepted };
        await clock.sleep(delayMs, signal);
      }
      throw new Error('unreachable');
    },
    async revision(revision) {
      try {
        const [found] = await retrying(
          () => revisions.getRevision({ name: revisionName(id, revision) }, callOptions),
          policy,
        );
        return found;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async revisions() {
      const [all] = await retrying(
        () => revisions.listRevisions({ parent: serviceName(id) }, callOptions),
        policy,
      );
      return all;
    },
  };
  return port;
}

/** All services of a project and region. */
export async function listServices(
  services: ServicesClient,
  { project, region }: Pick<ServiceId, 'project' | 'region'>,
  policy: RetryOptions,
): Promise<Service[]> {
  const parent = `projects/${project}/locations/${region}`;
  const [all] = await retrying(
    () => services.listServices({ parent }, { timeout: 30_000, retry: null }),
    policy,
  );
  return all;
}
