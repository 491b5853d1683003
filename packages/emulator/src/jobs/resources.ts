import { condition, timestamp } from '../run/conditions.ts';
import type { Outcome } from '../run/state.ts';
import type { Condition } from '../run/types.ts';
import { executionName, jobName } from './names.ts';
import { type ExecutionRecord, etagOf, isOver, type JobRecord, type TaskRecord } from './state.ts';
import type { Execution, ExecutionReference, Job, Task } from './types.ts';

export function jobResource(record: JobRecord): Job {
  const latest = [...record.executions.values()].at(-1);
  const ready = condition('Ready', record.ready, record.ready.since);
  return {
    ...record.spec,
    name: jobName(record.name),
    uid: record.uid,
    generation: String(record.generation),
    observedGeneration: String(record.observedGeneration),
    createTime: timestamp(record.createTime),
    updateTime: timestamp(record.updateTime),
    creator: record.creator,
    lastModifier: record.lastModifier,
    terminalCondition: ready,
    conditions: [ready],
    executionCount: record.executionCount,
    ...(latest === undefined ? {} : { latestCreatedExecution: referenceTo(latest) }),
    reconciling: record.ready.state === 'pending',
    etag: etagOf(record),
  };
}

function referenceTo(record: ExecutionRecord): ExecutionReference {
  return {
    name: executionName(record.name),
    createTime: timestamp(record.createTime),
    ...(record.completionTime === undefined ? {} : { completionTime: timestamp(record.completionTime) }),
    completionStatus: completionStatus(record),
  };
}

function completionStatus(record: ExecutionRecord) {
  if (!isOver(record)) return record.startTime ? 'EXECUTION_RUNNING' : 'EXECUTION_PENDING';
  if (!record.failure) return 'EXECUTION_SUCCEEDED';
  return record.failure.reason === 'CANCELLED' ? 'EXECUTION_CANCELLED' : 'EXECUTION_FAILED';
}

function completedCondition(record: ExecutionRecord): Condition {
  const since = record.completionTime ?? record.createTime;
  const { failure } = record;
  if (!isOver(record)) {
    return record.cancelling
      ? { ...condition('Completed', { state: 'pending' }, since), executionReason: 'CANCELLING' }
      : condition('Completed', { state: 'pending' }, since);
  }
  if (failure) {
    return {
      type: 'Completed',
      state: 'CONDITION_FAILED',
      lastTransitionTime: timestamp(since),
      message: failure.message,
      ...(failure.reason ? { executionReason: failure.reason } : {}),
    };
  }
  const seconds = (since.getTime() - (record.startTime ?? since).getTime()) / 1000;
  return {
    ...condition('Completed', { state: 'succeeded' }, since),
    message: `Execution completed successfully in ${seconds.toFixed(2)}s.`,
  };
}

export function executionResource(record: ExecutionRecord): Execution {
  const count = (state: TaskRecord['state']) => record.tasks.filter((task) => task.state === state).length;
  const begun: Outcome = record.startTime ? { state: 'succeeded' } : { state: 'pending' };
  const since = record.startTime ?? record.createTime;
  return {
    name: executionName(record.name),
    uid: record.uid,
    creator: record.creator,
    generation: '1',
    observedGeneration: '1',
    labels: record.labels,
    annotations: record.annotations,
    createTime: timestamp(record.createTime),
    ...(record.startTime ? { startTime: timestamp(record.startTime) } : {}),
    ...(record.completionTime ? { completionTime: timestamp(record.completionTime) } : {}),
    updateTime: timestamp(record.updateTime),
    launchStage: 'GA',
    job: record.name.job,
    parallelism: record.parallelism,
    taskCount: record.taskCount,
    template: record.template,
    reconciling: !isOver(record),
    conditions: [
      completedCondition(record),
      condition('ResourcesAvailable', { state: 'succeeded' }, record.createTime),
      condition('Started', begun, since),
    ],
    runningCount: count('running'),
    succeededCount: count('succeeded'),
    failedCount: count('failed'),
    cancelledCount: count('cancelled'),
    retriedCount: record.tasks.filter(({ retried }) => retried > 0).length,
    logUri: logUri(record, [`labels."run.googleapis.com/execution_name"="${record.name.execution}"`]),
    etag: `"${Buffer.from(record.uid).toString('base64url')}"`,
  };
}

export function taskResource(execution: ExecutionRecord, task: TaskRecord): Task {
  const { template, name } = execution;
  const outcomes: Record<TaskRecord['state'], Outcome> = {
    pending: { state: 'pending' },
    running: { state: 'pending' },
    succeeded: { state: 'succeeded' },
    failed: { state: 'failed', reason: 'UNKNOWN', message: task.last?.status?.message ?? '' },
    cancelled: { state: 'failed', reason: 'UNKNOWN', message: 'Task cancelled.' },
  };
  const since = task.completionTime ?? task.startTime ?? execution.createTime;
  const { status, ...last } = task.last ?? {};
  return {
    ...template,
    name: `${executionName(name)}/tasks/${taskId(execution, task)}`,
    uid: `${execution.uid}-${task.index}`,
    generation: '1',
    createTime: timestamp(execution.createTime),
    ...(task.startTime ? { startTime: timestamp(task.startTime) } : {}),
    ...(task.completionTime ? { completionTime: timestamp(task.completionTime) } : {}),
    updateTime: timestamp(since),
    job: name.job,
    execution: name.execution,
    reconciling: task.completionTime === undefined,
    conditions: [condition('Completed', outcomes[task.state], since)],
    index: task.index,
    retried: task.retried,
    ...(task.last ? { lastAttemptResult: { ...last, ...(status ? { status } : {}) } } : {}),
    logUri: logUri(execution, [
      `labels."run.googleapis.com/execution_name"="${name.execution}"`,
      `labels."run.googleapis.com/task_index"="${task.index}"`,
    ]),
  };
}

export const taskId = ({ name }: ExecutionRecord, { index }: TaskRecord): string =>
  `${name.execution}-task${index}`;

function logUri({ name }: ExecutionRecord, labels: string[]): string {
  const filter = [
    'resource.type="cloud_run_job"',
    `resource.labels.job_name="${name.job}"`,
    `resource.labels.location="${name.region}"`,
    ...labels,
  ].join('\n');
  return `https://console.cloud.google.com/logs/viewer?project=${name.project}&advancedFilter=${encodeURIComponent(filter)}`;
}
