import { type EmulatorConfigInput, startEmulator } from '@apex-actions/emulator/emulator';
import { LoggingServiceV2Client } from '@google-cloud/logging-api';
import { ExecutionsClient, JobsClient, type protos, TasksClient } from '@google-cloud/run';
import { PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { onTestFinished } from 'vitest';

export type IJob = protos.google.cloud.run.v2.IJob;
export type IExecution = protos.google.cloud.run.v2.IExecution;

export const PARENT = 'projects/demo/locations/europe-west1';
export const JOB = `${PARENT}/jobs/migrate`;
export const IMAGE = 'eu.example/tool';

/** A job whose container is a script of Node's. */
export function jobOf(script: string, task: object = {}, execution: object = {}): IJob {
  const containers = [{ image: IMAGE, args: ['-e', script] }];
  return { template: { taskCount: 1, ...execution, template: { containers, maxRetries: 0, ...task } } };
}

export async function startWorld(config: Partial<EmulatorConfigInput> = {}) {
  const emulator = await startEmulator({
    project: 'demo',
    region: 'europe-west1',
    images: [{ image: IMAGE, command: [process.execPath] }],
    'reconcile-delay': '1ms',
    logs: { 'ingest-delay': '0s' },
    ...config,
  });
  const options = {
    apiEndpoint: '127.0.0.1',
    port: Number(new URL(emulator.endpoints.run).port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
  const jobs = new JobsClient(options);
  const executions = new ExecutionsClient(options);
  const tasks = new TasksClient(options);
  const logging = new LoggingServiceV2Client(options);
  onTestFinished(async () => {
    await Promise.all([jobs.close(), executions.close(), tasks.close(), logging.close()]);
    await emulator.stop();
  });
  const create = async (job: IJob) => {
    const [operation] = await jobs.createJob({ parent: PARENT, jobId: 'migrate', job });
    await operation.promise();
    const [created] = await jobs.getJob({ name: JOB });
    return created;
  };
  /** Runs the job to its end, whatever that is. */
  const run = async (overrides: object = {}) => {
    const [operation] = await jobs.runJob({ name: JOB, overrides });
    const name = (operation.metadata as IExecution).name ?? '';
    await operation.promise().catch(() => undefined);
    const [execution] = await executions.getExecution({ name });
    const [ofExecution] = await tasks.listTasks({ parent: name });
    return { name, execution, tasks: ofExecution };
  };
  const texts = async (filter: string) => {
    const [entries] = await logging.listLogEntries({ resourceNames: ['projects/demo'], filter });
    return entries.map(({ textPayload }) => textPayload);
  };
  return { emulator, jobs, executions, tasks, logging, create, run, texts };
}

export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'OK',
    (error: { code: number }) => grpc.status[error.code],
  );

export function completedOf(execution: IExecution) {
  return (execution.conditions ?? []).find(({ type }) => type === 'Completed');
}
