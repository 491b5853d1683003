import { type MessageValue, RUN, writable } from '../grpc/schema.ts';
import { unimplemented } from '../grpc/status.ts';
import { containerWithDefaults, DEFAULT_ACCOUNT } from '../run/defaults.ts';
import { validateAnnotations, validateContainer, validateLabels, violation } from '../run/validate.ts';
import type { Job, Overrides, TaskTemplate } from './types.ts';

const JOB = `${RUN}.Job`;
const MAX_TASKS = 10_000;
const MAX_RETRIES = 10;
/** A task may run for seven days. */
const MAX_TIMEOUT_SECONDS = 7 * 24 * 3600;

/** The writable part of a job as it was sent, with what Cloud Run fills in (comments on `TaskTemplate`). */
export function completed(job: Job): Job {
  const { name: _, etag: __, ...sent } = writable(JOB, job as MessageValue) as Job;
  const template = sent.template?.template ?? {};
  return {
    ...sent,
    launchStage: sent.launchStage ?? 'GA',
    template: {
      ...sent.template,
      taskCount: sent.template?.taskCount ?? 1,
      template: {
        ...template,
        containers: (template.containers ?? []).map((container) => containerWithDefaults(container, false)),
        maxRetries: template.maxRetries ?? 3,
        timeout: template.timeout ?? { seconds: '600' },
        serviceAccount: template.serviceAccount ?? DEFAULT_ACCOUNT,
        executionEnvironment: template.executionEnvironment ?? 'EXECUTION_ENVIRONMENT_GEN2',
      },
    },
  };
}

/** Checks a job with its defaults filled in. */
export function validateJob(job: Job, path: string): void {
  if (job.startExecutionToken || job.runExecutionToken) {
    throw unimplemented('The emulator does not implement start_execution_token and run_execution_token.');
  }
  validateLabels(job.labels ?? {}, `${path}.labels`);
  validateAnnotations(job.annotations ?? {}, `${path}.annotations`);
  validateLabels(job.template?.labels ?? {}, `${path}.template.labels`);
  validateAnnotations(job.template?.annotations ?? {}, `${path}.template.annotations`);
  validateCounts(job.template?.taskCount ?? 1, job.template?.parallelism ?? 0, `${path}.template`);
  validateTask(job.template?.template ?? {}, `${path}.template.template`);
}

function validateCounts(taskCount: number, parallelism: number, path: string): void {
  if (taskCount < 1 || taskCount > MAX_TASKS) {
    throw violation(`${path}.task_count`, `must be between 1 and ${MAX_TASKS}.`);
  }
  if (parallelism < 0 || parallelism > taskCount) {
    throw violation(`${path}.parallelism`, 'must not be negative or greater than task_count.');
  }
}

function validateTask({ containers, maxRetries, timeout }: TaskTemplate, path: string): void {
  const [container, ...others] = containers ?? [];
  if (container === undefined) throw violation(`${path}.containers`, 'must contain at least one container.');
  if (others.length > 0) throw unimplemented('The emulator does not implement jobs with sidecars.');
  if ((container.ports ?? []).length > 0) {
    throw violation(`${path}.containers[0].ports`, 'is not supported for jobs.');
  }
  validateContainer(container, `${path}.containers[0]`);
  if ((maxRetries ?? 0) < 0 || (maxRetries ?? 0) > MAX_RETRIES) {
    throw violation(`${path}.max_retries`, `must be between 0 and ${MAX_RETRIES}.`);
  }
  const seconds = Number(timeout?.seconds ?? 0);
  if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
    throw violation(`${path}.timeout`, `must be between 1 and ${MAX_TIMEOUT_SECONDS} seconds.`);
  }
}

/** The job as one execution runs it (comments on `RunJobRequest.Overrides`). */
export function overridden(job: Job, overrides: Overrides): Job {
  const template = job.template?.template ?? {};
  const containers = (template.containers ?? []).map((container) => {
    const override = (overrides.containerOverrides ?? []).find(
      ({ name }) => !name || name === container.name,
    );
    if (!override) return container;
    const { args, env, clearArgs } = override;
    const names = (env ?? []).map(({ name }) => name);
    return {
      ...container,
      ...(clearArgs ? { args: [] } : (args ?? []).length > 0 ? { args: args ?? [] } : {}),
      env: [...(container.env ?? []).filter(({ name }) => !names.includes(name)), ...(env ?? [])],
    };
  });
  const unknown = (overrides.containerOverrides ?? []).find(
    ({ name }) => name && !containers.some((container) => container.name === name),
  );
  if (unknown) {
    throw violation(
      'RunJobRequest.overrides.container_overrides',
      `there is no container "${unknown.name}".`,
    );
  }
  const taskCount = overrides.taskCount || job.template?.taskCount || 1;
  return {
    ...job,
    template: {
      ...job.template,
      taskCount,
      parallelism: Math.min(job.template?.parallelism || taskCount, taskCount),
      template: {
        ...template,
        containers,
        ...(overrides.timeout ? { timeout: overrides.timeout } : {}),
      },
    },
  };
}
