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
import { refuseStale } from '../run/etags.ts';
import { type Location, parseLocation } from '../run/names.ts';
import { errorResult, type Operations } from '../run/operations.ts';
import { type PageRequest, page } from '../run/paging.ts';
import type { Permissions } from '../run/permissions.ts';
import type { Reconciler } from '../run/reconcile.ts';
import { touchedBySomebodyElse } from '../run/somebody-else.ts';
import type { Operation } from '../run/types.ts';
import { type JobName, jobIdProblem, jobName, parseJobName } from './names.ts';
import { jobResource } from './resources.ts';
import { completed, overridden, validateJob } from './spec.ts';
import { etagOf, type JobRecord } from './state.ts';
import type { Job, Overrides } from './types.ts';

const JOB = `${RUN}.Job`;

type CreateJobRequest = { parent?: string; job?: Job; jobId?: string; validateOnly?: boolean };
type UpdateJobRequest = { job?: Job; validateOnly?: boolean; allowMissing?: boolean };
type DeleteJobRequest = { name?: string; validateOnly?: boolean; etag?: string };
type ListJobsRequest = PageRequest & { parent?: string; showDeleted?: boolean };
type RunJobRequest = { name?: string; validateOnly?: boolean; etag?: string; overrides?: Overrides };

export type JobsOptions = {
  location: Location;
  permissions: Permissions;
  operations: Operations;
  reconciler: Pick<Reconciler, 'later'>;
  knowsImage: (image: string) => boolean;
  /** Begins an execution of a job's settings. */
  execute: (job: JobRecord, spec: Job, mode: Mode) => Operation;
  /** Cancels what still runs of a job, and resolves when it is over. */
  end: (job: JobRecord) => Promise<void>;
  now: () => Date;
  newId: () => string;
};

export type Mode = { validateOnly: boolean; stuck: boolean };

export type Jobs = {
  handlers: Record<string, UnaryHandler>;
  all(): JobRecord[];
  get(name: JobName): JobRecord;
  /** Stands for another writer, as with services. */
  touch(request: unknown): void;
};

export function createJobs(options: JobsOptions): Jobs {
  const { location, permissions, operations, reconciler, now } = options;
  const jobs = new Map<string, JobRecord>();
  const caller = `deployer@${location.project}.iam.gserviceaccount.com`;

  const get = (name: JobName): JobRecord => {
    const record = jobs.get(jobName(name));
    if (record === undefined) {
      throw notFound(
        `Resource '${name.job}' of kind 'JOB' in region '${name.region}' in project '${name.project}' does not exist.`,
      );
    }
    return record;
  };

  const authorized = (permission: string, resource: string | null | undefined, field = 'name'): JobName => {
    const name = parseJobName(resource ?? '', field);
    permissions.authorize(permission, name, resource ?? '');
    return name;
  };

  const create = (name: JobName, job: Job, field: string, mode: Mode): Operation => {
    permissions.authorize('run.jobs.create', name, jobName(name));
    if (name.region !== location.region) {
      throw permissionDenied(`Location ${name.region} is not found or access is unauthorized.`);
    }
    const problem = jobIdProblem(name.job);
    if (problem !== undefined) {
      throw invalidArgument(`Violation in CreateJobRequest.job_id: ${problem}.`);
    }
    if (jobs.has(jobName(name))) {
      throw alreadyExists(
        `Resource '${name.job}' of kind 'JOB' in region '${name.region}' in project '${name.project}' already exists.`,
      );
    }
    const time = now();
    const record: JobRecord = {
      name,
      uid: options.newId(),
      spec: {},
      generation: 0,
      observedGeneration: 0,
      version: 0,
      createTime: time,
      updateTime: time,
      creator: caller,
      lastModifier: caller,
      ready: { state: 'pending', since: time },
      executions: new Map(),
      executionCount: 0,
    };
    return write(record, job, field, mode);
  };

  const write = (record: JobRecord, job: Job, field: string, { validateOnly, stuck }: Mode): Operation => {
    const spec = completed(job);
    validateJob(spec, field);
    permissions.authorizeActAs(spec.template?.template?.serviceAccount ?? '');
    const target = validateOnly ? { ...record } : record;
    target.generation += isDeepStrictEqual(record.spec, spec) ? 0 : 1;
    target.version += 1;
    target.spec = spec;
    target.updateTime = now();
    target.lastModifier = caller;
    target.ready = { state: 'pending', since: target.ready.since };
    if (validateOnly) return operations.done(location, JOB, jobResource(target) as MessageValue);
    jobs.set(jobName(record.name), record);
    const operation = operations.start(location, JOB, jobResource(record) as MessageValue);
    if (!stuck) reconciler.later(() => settle(record, operation.name ?? ''));
    return operation;
  };

  const settle = async (record: JobRecord, operation: string) => {
    const image = record.spec.template?.template?.containers?.[0]?.image ?? '';
    const message = `Image '${image}' not found.`;
    const known = options.knowsImage(image);
    record.observedGeneration = record.generation;
    record.ready = known
      ? { state: 'succeeded', since: now() }
      : { state: 'failed', reason: 'CONTAINER_MISSING', message, since: now() };
    const resource = jobResource(record) as MessageValue;
    operations.finish(
      operation,
      JOB,
      resource,
      known ? { response: resource } : errorResult(failedPrecondition(message)),
    );
  };

  const update = (request: UpdateJobRequest, { stuckOperation }: CallContext): Operation => {
    const incoming = request.job ?? {};
    const name = authorized('run.jobs.update', incoming.name, 'job.name');
    const mode = { validateOnly: request.validateOnly ?? false, stuck: stuckOperation };
    if (!jobs.has(jobName(name)) && request.allowMissing === true) {
      return create(name, incoming, 'UpdateJobRequest.job', mode);
    }
    const record = get(name);
    refuseStale(name.job, etagOf(record), incoming.etag);
    return write(record, incoming, 'UpdateJobRequest.job', mode);
  };

  const remove = (request: DeleteJobRequest, { stuckOperation }: CallContext): Operation => {
    const record = get(authorized('run.jobs.delete', request.name));
    refuseStale(record.name.job, etagOf(record), request.etag);
    const resource = jobResource(record) as MessageValue;
    if (request.validateOnly === true) return operations.done(location, JOB, resource);
    const operation = operations.start(location, JOB, resource);
    jobs.delete(jobName(record.name));
    if (!stuckOperation) {
      reconciler.later(async () => {
        await options.end(record);
        operations.finish(operation.name ?? '', JOB, resource, { response: resource });
      });
    }
    return operation;
  };

  const run = (request: RunJobRequest, { stuckOperation }: CallContext): Operation => {
    const record = get(authorized('run.jobs.run', request.name));
    if (request.overrides)
      permissions.authorize('run.jobs.runWithOverrides', record.name, request.name ?? '');
    refuseStale(record.name.job, etagOf(record), request.etag);
    if (record.ready.state !== 'succeeded') {
      throw failedPrecondition(`Job '${record.name.job}' is not ready and cannot be run.`);
    }
    const spec = overridden(record.spec, request.overrides ?? {});
    return options.execute(record, spec, {
      validateOnly: request.validateOnly ?? false,
      stuck: stuckOperation,
    });
  };

  return {
    get,
    all: () => [...jobs.values()],
    touch: (request) => {
      touchedBySomebodyElse(jobs, 'job', request, { project: location.project, now: now() });
    },
    handlers: {
      CreateJob: unary<CreateJobRequest, Operation>((request, { stuckOperation }) => {
        const name = { ...parseLocation(request.parent ?? ''), job: request.jobId ?? '' };
        const mode = { validateOnly: request.validateOnly ?? false, stuck: stuckOperation };
        return create(name, request.job ?? {}, 'CreateJobRequest.job', mode);
      }),
      GetJob: unary<{ name?: string }, Job>(({ name }) => jobResource(get(authorized('run.jobs.get', name)))),
      ListJobs: unary((request: ListJobsRequest) => {
        const parent = parseLocation(request.parent ?? '');
        permissions.authorize('run.jobs.list', parent, request.parent ?? '');
        if (request.showDeleted === true) {
          throw unimplemented('The emulator does not keep deleted jobs: show_deleted is not implemented.');
        }
        const inRegion = [...jobs.values()].filter(({ name }) => name.region === parent.region).reverse();
        const { items, nextPageToken } = page(inRegion, request);
        return { jobs: items.map(jobResource), nextPageToken };
      }),
      UpdateJob: unary(update),
      DeleteJob: unary(remove),
      RunJob: unary(run),
    },
  };
}
