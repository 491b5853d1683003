import type { DataPlane } from '../dataplane.ts';
import { type MessageValue, RUN } from '../grpc/schema.ts';
import { type CallContext, type UnaryHandler, unary } from '../grpc/server.ts';
import { failedPrecondition, notFound, RpcError, unimplemented } from '../grpc/status.ts';
import { refuseStale } from '../run/etags.ts';
import { type Location, randomSuffix } from '../run/names.ts';
import { errorResult, type Operations } from '../run/operations.ts';
import { type PageRequest, page } from '../run/paging.ts';
import type { Permissions } from '../run/permissions.ts';
import type { Secrets } from '../run/process.ts';
import type { Reconciler } from '../run/reconcile.ts';
import type { Operation } from '../run/types.ts';
import type { Jobs, Mode } from './jobs.ts';
import { type ExecutionName, parseExecutionName, parseJobName, parseTaskName } from './names.ts';
import { executionResource, taskId, taskResource } from './resources.ts';
import { runTasks } from './runner.ts';
import { type ExecutionRecord, isOver, type JobRecord } from './state.ts';
import type { Execution, Job, Task } from './types.ts';

const EXECUTION = `${RUN}.Execution`;

type ListRequest = PageRequest & { parent?: string; showDeleted?: boolean };
type ChangeRequest = { name?: string; validateOnly?: boolean; etag?: string };

export type ExecutionsOptions = {
  location: Location;
  permissions: Permissions;
  operations: Operations;
  reconciler: Pick<Reconciler, 'later'>;
  dataPlane: DataPlane;
  secrets: Secrets;
  now: () => Date;
  random: () => number;
  newId: () => string;
};

/** Executions and their tasks. */
export type Executions = {
  handlersOf(jobs: Jobs): {
    executions: Record<string, UnaryHandler>;
    tasks: Record<string, UnaryHandler>;
  };
  execute(job: JobRecord, spec: Job, mode: Mode): Operation;
  end(job: JobRecord): Promise<void>;
};

export function createExecutions(options: ExecutionsOptions): Executions {
  const { location, permissions, operations, reconciler, now } = options;
  const ended = new WeakMap<ExecutionRecord, Promise<void>>();

  const newExecution = (job: JobRecord, { template }: Job): ExecutionRecord => {
    const time = now();
    const taskCount = template?.taskCount ?? 1;
    return {
      name: { ...job.name, execution: `${job.name.job}-${randomSuffix(5, options.random)}` },
      uid: options.newId(),
      labels: template?.labels ?? {},
      annotations: template?.annotations ?? {},
      creator: job.lastModifier,
      taskCount,
      parallelism: template?.parallelism || taskCount,
      template: structuredClone(template?.template ?? {}),
      createTime: time,
      startTime: undefined,
      completionTime: undefined,
      updateTime: time,
      cancelling: false,
      failure: undefined,
      tasks: Array.from({ length: taskCount }, (_, index) => ({
        index,
        state: 'pending',
        retried: 0,
        startTime: undefined,
        completionTime: undefined,
        last: undefined,
        running: undefined,
      })),
      openOperations: [],
    };
  };

  const carryOut = async (execution: ExecutionRecord) => {
    await runTasks(execution, options);
    execution.completionTime = now();
    execution.updateTime = execution.completionTime;
    const resource = executionResource(execution) as MessageValue;
    const { failure } = execution;
    const error =
      failure && new RpcError(failure.reason === 'CANCELLED' ? 'CANCELLED' : 'UNKNOWN', failure.message);
    for (const name of execution.openOperations.splice(0)) {
      operations.finish(name, EXECUTION, resource, error ? errorResult(error) : { response: resource });
    }
  };

  const begin = (execution: ExecutionRecord) => {
    const work = carryOut(execution);
    ended.set(execution, work);
    return work;
  };

  const cancel = (execution: ExecutionRecord) => {
    execution.cancelling = true;
    execution.updateTime = now();
    return Promise.all(execution.tasks.map(({ running }) => running?.stop()));
  };

  const handlersOf = (jobs: Jobs) => {
    const find = (name: ExecutionName): ExecutionRecord => {
      const found = jobs.get(name).executions.get(name.execution);
      if (found === undefined) {
        throw notFound(
          `Resource '${name.execution}' of kind 'EXECUTION' in region '${name.region}' in project '${name.project}' does not exist.`,
        );
      }
      return found;
    };

    const authorized = (permission: string, resource: string | null | undefined): ExecutionRecord => {
      const name = parseExecutionName(resource ?? '');
      permissions.authorize(permission, name, resource ?? '');
      return find(name);
    };

    const changed = (permission: string, request: ChangeRequest): ExecutionRecord => {
      const execution = authorized(permission, request.name);
      refuseStale(execution.name.execution, executionResource(execution).etag ?? '', request.etag);
      return execution;
    };

    const list = (request: ListRequest) => {
      const parent = parseJobName(request.parent ?? '', 'parent');
      permissions.authorize('run.executions.list', parent, request.parent ?? '');
      if (request.showDeleted === true) {
        throw unimplemented(
          'The emulator does not keep deleted executions: show_deleted is not implemented.',
        );
      }
      const records = parent.job === '-' ? jobs.all() : [jobs.get(parent)];
      const executions = records
        .filter(({ name }) => name.region === parent.region)
        .flatMap((job) => [...job.executions.values()].reverse())
        .sort((a, b) => b.createTime.getTime() - a.createTime.getTime());
      const { items, nextPageToken } = page(executions, request);
      return { executions: items.map(executionResource), nextPageToken };
    };

    const cancelExecution = (request: ChangeRequest, { stuckOperation }: CallContext): Operation => {
      const execution = changed('run.executions.cancel', request);
      if (isOver(execution)) {
        throw failedPrecondition(
          `Execution '${execution.name.execution}' is completed and cannot be cancelled.`,
        );
      }
      const resource = executionResource(execution) as MessageValue;
      if (request.validateOnly === true) return operations.done(location, EXECUTION, resource);
      const operation = operations.start(location, EXECUTION, resource);
      void cancel(execution);
      if (!stuckOperation) {
        void ended.get(execution)?.then(() => {
          const over = executionResource(execution) as MessageValue;
          operations.finish(operation.name ?? '', EXECUTION, over, { response: over });
        });
      }
      return operation;
    };

    const deleteExecution = (request: ChangeRequest): Operation => {
      const execution = changed('run.executions.delete', request);
      const resource = executionResource(execution) as MessageValue;
      if (request.validateOnly === true) return operations.done(location, EXECUTION, resource);
      const operation = operations.start(location, EXECUTION, resource);
      jobs.get(execution.name).executions.delete(execution.name.execution);
      reconciler.later(async () => {
        await cancel(execution);
        operations.finish(operation.name ?? '', EXECUTION, resource, { response: resource });
      });
      return operation;
    };

    const executions = {
      GetExecution: unary<{ name?: string }, Execution>(({ name }) =>
        executionResource(authorized('run.executions.get', name)),
      ),
      ListExecutions: unary(list),
      CancelExecution: unary(cancelExecution),
      DeleteExecution: unary(deleteExecution),
    };
    const tasks = {
      GetTask: unary<{ name?: string }, Task>(({ name }) => {
        const parsed = parseTaskName(name ?? '');
        permissions.authorize('run.tasks.get', parsed, name ?? '');
        const execution = find(parsed);
        const task = execution.tasks.find((each) => taskId(execution, each) === parsed.task);
        if (!task) throw notFound(`Resource '${parsed.task}' of kind 'TASK' does not exist.`);
        return taskResource(execution, task);
      }),
      ListTasks: unary((request: ListRequest) => {
        const parent = parseExecutionName(request.parent ?? '', 'parent');
        permissions.authorize('run.tasks.list', parent, request.parent ?? '');
        const execution = find(parent);
        const { items, nextPageToken } = page(execution.tasks, request);
        return { tasks: items.map((task) => taskResource(execution, task)), nextPageToken };
      }),
    };
    return { executions, tasks };
  };

  return {
    handlersOf,
    execute: (job, spec, { validateOnly, stuck }) => {
      const execution = newExecution(job, spec);
      const resource = executionResource(execution) as MessageValue;
      if (validateOnly) return operations.done(location, EXECUTION, resource);
      job.executions.set(execution.name.execution, execution);
      job.executionCount += 1;
      const operation = operations.start(location, EXECUTION, resource);
      if (!stuck) execution.openOperations.push(operation.name ?? '');
      reconciler.later(() => begin(execution));
      return operation;
    },
    end: async (job) => {
      const open = [...job.executions.values()].filter((execution) => !isOver(execution));
      await Promise.all(open.map(cancel));
    },
  };
}
