import { isDeepStrictEqual } from 'node:util';
import { type MessageValue, RUN } from '../grpc/schema.ts';
import { type CallContext, type UnaryHandler, unary } from '../grpc/server.ts';
import {
  alreadyExists,
  failedPrecondition,
  invalidArgument,
  notFound,
  permissionDenied,
  unimplemented,
} from '../grpc/status.ts';
import { refuseStale } from './etags.ts';
import { EMPTY_POLICY, grantedPermissions, replacePolicy } from './iam.ts';
import {
  generatedRevisionId,
  type Location,
  parseLocation,
  parseServiceName,
  randomSuffix,
  type ServiceName,
  serviceIdProblem,
  serviceName,
} from './names.ts';
import type { Operations } from './operations.ts';
import { type PageRequest, page } from './paging.ts';
import type { Permissions } from './permissions.ts';
import type { Reconciler } from './reconcile.ts';
import { serviceResource } from './resources.ts';
import { touchedBySomebodyElse } from './somebody-else.ts';
import { etagOf, type RevisionRecord, type ServiceRecord } from './state.ts';
import type { Operation, Policy, Service } from './types.ts';
import { validateService } from './validate.ts';
import { completed, planTemplate, type TemplatePlan, type UpdateScope, updatedSpec } from './writes.ts';

const SERVICE = `${RUN}.Service`;

type CreateServiceRequest = {
  parent?: string;
  service?: Service;
  serviceId?: string;
  validateOnly?: boolean;
};
type UpdateServiceRequest = {
  service?: Service;
  updateMask?: { paths?: string[] };
  validateOnly?: boolean;
  allowMissing?: boolean;
};
type DeleteServiceRequest = { name?: string; validateOnly?: boolean; etag?: string };
type ListServicesRequest = PageRequest & { parent?: string; showDeleted?: boolean };

export type ServicesOptions = {
  location: Location;
  permissions: Permissions;
  operations: Operations;
  reconciler: Reconciler;
  removeFromDataPlane: (service: string) => Promise<void>;
  now: () => Date;
  random: () => number;
  newId: () => string;
};

export type Services = {
  handlers: Record<string, UnaryHandler>;
  all(): ServiceRecord[];
  /** The service, if its name lies in the emulated project and region and it exists. */
  find(name: ServiceName): ServiceRecord | undefined;
  get(name: ServiceName): ServiceRecord;
  create(parent: string, id: string, service: Service): Operation;
  /** Stands for another writer: the service's etag changes, and nothing else of it. */
  touch(request: unknown): void;
};

export function createServices(options: ServicesOptions): Services {
  const { location, permissions, operations, reconciler, now } = options;
  const services = new Map<string, ServiceRecord>();
  const caller = `deployer@${location.project}.iam.gserviceaccount.com`;

  const find = (name: ServiceName) => services.get(serviceName(name));

  const get = (name: ServiceName): ServiceRecord => {
    const record = find(name);
    if (record === undefined) {
      throw notFound(
        `Resource '${name.service}' of kind 'SERVICE' in region '${name.region}' in project '${name.project}' does not exist.`,
      );
    }
    return record;
  };

  const authorized = (
    permission: string,
    resource: string | null | undefined,
    field = 'name',
  ): ServiceName => {
    const name = parseServiceName(resource ?? '', field);
    permissions.authorize(permission, name, resource ?? '');
    return name;
  };

  const create = (
    name: ServiceName,
    service: Service,
    field: string,
    { validateOnly, stuck }: { validateOnly: boolean; stuck: boolean },
  ): Operation => {
    permissions.authorize('run.services.create', name, serviceName(name));
    if (name.region !== location.region) {
      throw permissionDenied(`Location ${name.region} is not found or access is unauthorized.`);
    }
    const problem = serviceIdProblem(name.service);
    if (problem !== undefined) {
      throw invalidArgument(`Violation in CreateServiceRequest.service_id: ${problem}.`);
    }
    if (find(name) !== undefined) {
      throw alreadyExists(
        `Resource '${name.service}' of kind 'SERVICE' in region '${name.region}' in project '${name.project}' already exists.`,
      );
    }
    const spec = completed(service);
    validateService(name.service, spec, field);
    permissions.authorizeActAs(spec.template?.serviceAccount ?? '');
    const record = newService(name, caller, now(), options.newId());
    return commit(record, { spec, replacesTemplate: true }, { validateOnly, stuck });
  };

  /** Carries a validated write out, or shows what it would do. */
  const commit = (
    record: ServiceRecord,
    scope: UpdateScope,
    { validateOnly, stuck }: { validateOnly: boolean; stuck: boolean },
  ): Operation => {
    const plan = planTemplate(record, scope);
    const target = validateOnly ? previewOf(record) : record;
    write(target, scope.spec, plan);
    if (validateOnly) {
      return operations.done(location, SERVICE, serviceResource(target) as MessageValue);
    }
    services.set(serviceName(record.name), record);
    const operation = operations.start(location, SERVICE, serviceResource(record) as MessageValue);
    if (!stuck) {
      record.openOperations.push(operation.name ?? '');
      reconciler.schedule(record);
    }
    return operation;
  };

  const write = (record: ServiceRecord, spec: Service, plan: TemplatePlan) => {
    const time = now();
    const changesTraffic = !isDeepStrictEqual(record.spec.traffic, spec.traffic);
    record.generation += isDeepStrictEqual(record.spec, spec) ? 0 : 1;
    record.trafficGeneration = changesTraffic ? record.generation : record.trafficGeneration;
    record.configurationGeneration += plan.kind === 'unchanged' ? 0 : 1;
    record.version += 1;
    record.writes += 1;
    record.spec = spec;
    record.updateTime = time;
    record.lastModifier = caller;
    record.configurations = { state: 'pending', since: record.configurations.since };
    record.routes = { state: 'pending', since: record.routes.since };
    if (plan.kind === 'reuse') {
      record.latestCreated = plan.revision;
    }
    if (plan.kind === 'create') {
      const id = plan.revision ?? unusedRevisionId(record, options.random);
      const revision: RevisionRecord = {
        id,
        uid: options.newId(),
        config: plan.config,
        createTime: time,
        creator: caller,
        serviceGeneration: record.generation,
        state: { state: 'pending', since: time },
        startRequested: false,
      };
      record.revisions.set(id, revision);
      record.latestCreated = id;
    }
  };

  const update = (request: UpdateServiceRequest, { stuckOperation }: CallContext): Operation => {
    const incoming = request.service ?? {};
    const name = authorized('run.services.update', incoming.name, 'service.name');
    const mode = { validateOnly: request.validateOnly ?? false, stuck: stuckOperation };
    if (find(name) === undefined && request.allowMissing === true) {
      return create(name, incoming, 'UpdateServiceRequest.service', mode);
    }
    const record = get(name);
    refuseStale(name.service, etagOf(record), incoming.etag);
    refuseDeleted(record);
    const scope = updatedSpec(record.spec, incoming, request.updateMask?.paths ?? []);
    validateService(name.service, scope.spec, 'UpdateServiceRequest.service');
    permissions.authorizeActAs(scope.spec.template?.serviceAccount ?? '');
    return commit(record, scope, mode);
  };

  const remove = (request: DeleteServiceRequest, { stuckOperation }: CallContext): Operation => {
    const record = get(authorized('run.services.delete', request.name));
    refuseStale(record.name.service, etagOf(record), request.etag);
    refuseDeleted(record);
    if (request.validateOnly === true) {
      return operations.done(location, SERVICE, serviceResource(record) as MessageValue);
    }
    record.deleteTime = now();
    record.version += 1;
    const resource = serviceResource(record) as MessageValue;
    const operation = operations.start(location, SERVICE, resource);
    if (!stuckOperation) {
      reconciler.later(async () => {
        await reconciler.quiet(record);
        await options.removeFromDataPlane(record.name.service);
        services.delete(serviceName(record.name));
        reconciler.abandon(record);
        operations.finish(operation.name ?? '', SERVICE, resource, { response: resource });
      });
    }
    return operation;
  };

  const list = (request: ListServicesRequest) => {
    const parent = parseLocation(request.parent ?? '');
    permissions.authorize('run.services.list', parent, request.parent ?? '');
    if (request.showDeleted === true) {
      throw unimplemented('The emulator does not keep deleted services: show_deleted is not implemented.');
    }
    const inRegion = [...services.values()].filter(({ name }) => name.region === parent.region).reverse();
    const { items, nextPageToken } = page(inRegion, request);
    return { services: items.map(serviceResource), nextPageToken };
  };

  return {
    find,
    get,
    all: () => [...services.values()],
    create: (parent, id, service) =>
      create({ ...parseLocation(parent), service: id }, service, 'CreateServiceRequest.service', {
        validateOnly: false,
        stuck: false,
      }),
    touch: (request) => {
      touchedBySomebodyElse(services, 'service', request, { project: location.project, now: now() });
    },
    handlers: {
      CreateService: unary<CreateServiceRequest, Operation>((request, { stuckOperation }) => {
        const name = { ...parseLocation(request.parent ?? ''), service: request.serviceId ?? '' };
        const mode = { validateOnly: request.validateOnly ?? false, stuck: stuckOperation };
        return create(name, request.service ?? {}, 'CreateServiceRequest.service', mode);
      }),
      GetService: unary<{ name?: string }, Service>(({ name }) =>
        serviceResource(get(authorized('run.services.get', name))),
      ),
      ListServices: unary(list),
      UpdateService: unary(update),
      DeleteService: unary(remove),
      GetIamPolicy: unary<{ resource?: string; options?: { requestedPolicyVersion?: number } }, Policy>(
        ({ resource }) => get(authorized('run.services.getIamPolicy', resource, 'resource')).policy,
      ),
      SetIamPolicy: unary<{ resource?: string; policy?: Policy; updateMask?: { paths?: string[] } }, Policy>(
        ({ resource, policy, updateMask }) => {
          const record = get(authorized('run.services.setIamPolicy', resource, 'resource'));
          record.policy = replacePolicy(record.policy, policy ?? {}, updateMask?.paths ?? []);
          return record.policy;
        },
      ),
      TestIamPermissions: unary<{ resource?: string; permissions?: string[] }, { permissions: string[] }>(
        ({ resource, permissions: requested }) => {
          const name = parseServiceName(resource ?? '', 'resource');
          const isForeign = name.project !== location.project;
          return {
            permissions: grantedPermissions(
              requested ?? [],
              (permission) => isForeign || permissions.isDenied(permission),
            ),
          };
        },
      ),
    },
  };
}

function newService(name: ServiceName, creator: string, time: Date, uid: string): ServiceRecord {
  return {
    name,
    uid,
    spec: {},
    generation: 0,
    configurationGeneration: 0,
    trafficGeneration: 0,
    observedGeneration: 0,
    version: 0,
    writes: 0,
    startedWrites: 0,
    createTime: time,
    updateTime: time,
    deleteTime: undefined,
    creator,
    lastModifier: creator,
    revisions: new Map(),
    retiredNames: new Set(),
    latestCreated: undefined,
    latestReady: undefined,
    configurations: { state: 'pending', since: time },
    routes: { state: 'pending', since: time },
    served: [],
    uri: undefined,
    policy: EMPTY_POLICY,
    openOperations: [],
  };
}

/** A copy that a `validate_only` write may change without a trace. */
function previewOf(record: ServiceRecord): ServiceRecord {
  return { ...record, revisions: new Map(record.revisions) };
}

function unusedRevisionId(record: ServiceRecord, random: () => number): string {
  for (;;) {
    const id = generatedRevisionId(
      record.name.service,
      record.configurationGeneration,
      randomSuffix(3, random),
    );
    if (!record.revisions.has(id) && !record.retiredNames.has(id)) {
      return id;
    }
  }
}

function refuseDeleted(record: ServiceRecord): void {
  if (record.deleteTime !== undefined) {
    throw failedPrecondition(`Service '${record.name.service}' is being deleted.`);
  }
}
