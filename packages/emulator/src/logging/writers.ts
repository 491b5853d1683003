import type { TaskProcess } from '../dataplane.ts';
import type { LogWriter } from './store.ts';

/** https://docs.cloud.google.com/logging/docs/api/v2/resource-list#tag_cloud_run_revision */
export function revisionWriter(service: string, revision: string): LogWriter {
  return {
    resource: {
      type: 'cloud_run_revision',
      labels: { service_name: service, revision_name: revision, configuration_name: service },
    },
    labels: {},
  };
}

/** https://docs.cloud.google.com/logging/docs/api/v2/resource-list#tag_cloud_run_job */
export function taskWriter({ job, execution, index, attempt }: TaskProcess): LogWriter {
  return {
    resource: { type: 'cloud_run_job', labels: { job_name: job } },
    labels: {
      'run.googleapis.com/execution_name': execution,
      'run.googleapis.com/task_index': String(index),
      'run.googleapis.com/task_attempt': String(attempt),
    },
  };
}
