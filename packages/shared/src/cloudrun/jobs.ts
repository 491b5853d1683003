import type { ExecutionsClient, JobsClient, protos, TasksClient } from '@google-cloud/run';
import type { Clock } from '../action/clock.ts';
import { retrying } from '../action/retry.ts';
import { isNotFound } from './errors.ts';
import { finishOperation, type OperationResult } from './operations.ts';

/** The API's own shapes, under short names. */
export type Job = protos.google.cloud.run.v2.IJob;
export type Execution = protos.google.cloud.run.v2.IExecution;
export type Task = protos.google.cloud.run.v2.ITask;

/** Where a job lives. */
export type JobId = { project: string; region: string; job: string };

/** `projects/P/locations/R/jobs/J`, the API's full resource name. */
function jobName({ project, region, job }: JobId): string {
  return `projects/${project}/locations/${region}/jobs/${job}`;
}

/** Everything the actions ask of Cloud Run, for one job. Executions are named in full. Reads are retried, writes are not. */
export type JobPort = {
  id: JobId;
  onRetry: (error: unknown, delayMs: number) => void;
  /** `undefined` when the job does not exist. */
  get(): Promise<Job | undefined>;
  create(job: Job): Promise<OperationResult>;
  /** Writes the whole job (the API has no mask), on the condition that it is still the one with this etag. Throws ABORTED otherwise. */
  update(job: Job): Promise<OperationResult>;
  /**
   * Starts an execution of the job as it is at this etag, with further variables, and answers its name; an empty one where
   * Cloud Run does not give it.
   */
  run(etag: string, variables: Readonly<Record<string, string>>): Promise<string>;
  /** Newest first. */
  executions(): Promise<Execution[]>;
  execution(name: string): Promise<Execution>;
  tasks(execution: string): Promise<Task[]>;
  /** Asks for the end of an execution, without waiting for it. */
  cancel(execution: string): Promise<void>;
};

type Options = {
  jobs: JobsClient;
  executions: ExecutionsClient;
  tasks: TasksClient;
  id: JobId;
  clock: Clock;
  signal?: AbortSignal;
  onRetry: (error: unknown, delayMs: number) => void;
  /** How long one call, its retries and its operation may take. */
  callTimeoutMs: number;
};

/** The adapter on `@google-cloud/run`. Retries live in one place (`retrying`), so the client's own are switched off. */
export function createJobPort(options: Options): JobPort {
  const { jobs, executions, tasks, id, clock, signal, callTimeoutMs, onRetry } = options;
  const name = jobName(id);
  const callOptions = { timeout: 30_000, retry: null };
  const policy = { deadlineMs: callTimeoutMs, onRetry, ...(signal ? { signal } : {}) };
  const finish = (operation: string | null | undefined) =>
    finishOperation(operation ?? '', (each) => jobs.checkUpdateJobProgress(each), { ...policy, clock });
  return {
    id,
    onRetry,
    async get() {
      try {
        const [job] = await retrying(() => jobs.getJob({ name }, callOptions), policy);
        return job;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async create(job) {
      const parent = `projects/${id.project}/locations/${id.region}`;
      const [operation] = await jobs.createJob({ parent, jobId: id.job, job }, callOptions);
      return finish(operation.name);
    },
    async update(job) {
      const [operation] = await jobs.updateJob({ job: { ...job, name } }, callOptions);
      return finish(operation.name);
    },
    async run(etag, variables) {
      const env = Object.entries(variables).map(([key, value]) => ({ name: key, value }));
      const overrides = { containerOverrides: [{ env }] };
      const [operation] = await jobs.runJob({ name, etag, overrides }, callOptions);
      const metadata: object | null | undefined = operation.metadata;
      return metadata && 'name' in metadata ? String(metadata.name) : '';
    },
    async executions() {
      const [all] = await retrying(() => executions.listExecutions({ parent: name }, callOptions), policy);
      return all;
    },
    async execution(execution) {
      const [found] = await retrying(() => executions.getExecution({ name: execution }, callOptions), policy);
      return found;
    },
    async tasks(execution) {
      const [all] = await retrying(() => tasks.listTasks({ parent: execution }, callOptions), policy);
      return all;
    },
    async cancel(execution) {
      await retrying(() => executions.cancelExecution({ name: execution }, callOptions), policy);
    },
  };
}
