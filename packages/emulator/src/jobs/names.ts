import { type Location, locationName, match } from '../run/names.ts';

export type JobName = Location & { job: string };
export type ExecutionName = JobName & { execution: string };
export type TaskName = ExecutionName & { task: string };

const JOB = /^projects\/([^/]+)\/locations\/([^/]+)\/jobs\/([^/]+)$/;
const EXECUTION = /^projects\/([^/]+)\/locations\/([^/]+)\/jobs\/([^/]+)\/executions\/([^/]+)$/;
const TASK = /^projects\/([^/]+)\/locations\/([^/]+)\/jobs\/([^/]+)\/executions\/([^/]+)\/tasks\/([^/]+)$/;

export function parseJobName(name: string, field = 'name'): JobName {
  const [project, region, job] = match(
    JOB,
    name,
    field,
    'projects/{project}/locations/{location}/jobs/{job}',
  );
  return { project, region, job };
}

export function parseExecutionName(name: string, field = 'name'): ExecutionName {
  const format = 'projects/{project}/locations/{location}/jobs/{job}/executions/{execution}';
  const [project, region, job, execution] = match(EXECUTION, name, field, format);
  return { project, region, job, execution };
}

export function parseTaskName(name: string): TaskName {
  const format = 'projects/{project}/locations/{location}/jobs/{job}/executions/{execution}/tasks/{task}';
  const [project, region, job, execution, task] = match(TASK, name, 'name', format);
  return { project, region, job, execution, task };
}

export const jobName = (name: JobName): string => `${locationName(name)}/jobs/${name.job}`;

export const executionName = (name: ExecutionName): string => `${jobName(name)}/executions/${name.execution}`;

/** What is wrong with the id of a job, or undefined. */
export function jobIdProblem(id: string): string | undefined {
  return /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(id) && id.length < 50
    ? undefined
    : 'only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be less than 50 characters';
}
