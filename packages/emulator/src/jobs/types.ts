import type { protos } from '@google-cloud/run';

type V2 = typeof protos.google.cloud.run.v2;

/* The API's own shapes, as the vendor's client publishes them. */
export type Job = protos.google.cloud.run.v2.IJob;
export type Execution = protos.google.cloud.run.v2.IExecution;
export type ExecutionReference = protos.google.cloud.run.v2.IExecutionReference;
export type Task = protos.google.cloud.run.v2.ITask;
export type TaskTemplate = protos.google.cloud.run.v2.ITaskTemplate;
export type Overrides = protos.google.cloud.run.v2.RunJobRequest.IOverrides;
export type AttemptResult = protos.google.cloud.run.v2.ITaskAttemptResult;
export type ExecutionReason = keyof V2['Condition']['ExecutionReason'];
