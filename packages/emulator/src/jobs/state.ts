import type { RunningTask } from '../dataplane.ts';
import type { Dated, Outcome } from '../run/state.ts';
import type { ExecutionName, JobName } from './names.ts';
import type { AttemptResult, ExecutionReason, Job, TaskTemplate } from './types.ts';

export type JobRecord = {
  name: JobName;
  uid: string;
  /** What callers wrote, defaults filled in. */
  spec: Job;
  generation: number;
  observedGeneration: number;
  /** Counts what changes the etag. */
  version: number;
  createTime: Date;
  updateTime: Date;
  creator: string;
  lastModifier: string;
  ready: Dated<Outcome>;
  /** Oldest first. */
  executions: Map<string, ExecutionRecord>;
  /** Counts those that were deleted, too. */
  executionCount: number;
};

export type TaskRecord = {
  index: number;
  state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  retried: number;
  startTime: Date | undefined;
  completionTime: Date | undefined;
  last: AttemptResult | undefined;
  running: RunningTask | undefined;
};

/** How an execution ended that did not succeed. */
export type Failure = { reason?: ExecutionReason; message: string };

export type ExecutionRecord = {
  name: ExecutionName;
  uid: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  creator: string;
  taskCount: number;
  parallelism: number;
  template: TaskTemplate;
  createTime: Date;
  startTime: Date | undefined;
  completionTime: Date | undefined;
  updateTime: Date;
  cancelling: boolean;
  failure: Failure | undefined;
  tasks: TaskRecord[];
  /** Operations that end with the execution. */
  openOperations: string[];
};

export const isOver = ({ completionTime }: ExecutionRecord): boolean => completionTime !== undefined;

export function etagOf(record: JobRecord): string {
  return `"${Buffer.from(`${record.uid}/${record.version}`).toString('base64url')}"`;
}
