import { InputReader } from '@apex-actions/shared/action/inputs';
import type { Job } from '@apex-actions/shared/cloudrun/jobs';
import type { SecretReference } from '@apex-actions/shared/cloudrun/release';
import { readSecrets, refuseDoubles } from '@apex-actions/shared/cloudrun/secret-inputs';
import { readSpec } from '@apex-actions/shared/cloudrun/spec';
import { readImage } from '@apex-actions/shared/registry/image-input';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import type { Compatibility } from '@apex-actions/shared/rollout/schema';

/** A Cloud SQL instance; `project` is absent where it is that of the job. */
export type Instance = { project: string | undefined; instance: string };

export type Inputs = {
  service: string | undefined;
  job: string;
  region: string;
  projectId: string | undefined;
  image: ImageReference;
  command: readonly string[];
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, SecretReference>>;
  spec: Job | undefined;
  timeoutMs: number;
  maxRetries: number;
  waitForRunning: boolean;
  compatibility: Compatibility | undefined;
  schemaVersion: string | undefined;
  downArgs: readonly string[] | undefined;
  backupInstance: Instance | undefined;
};

const SECOND = 1000;
/** A task may run for seven days (https://docs.cloud.google.com/run/docs/configuring/task-timeout). */
const LONGEST_MS = 7 * 24 * 3600 * SECOND;
/** https://docs.cloud.google.com/run/docs/configuring/max-retries */
const MOST_RETRIES = 10;
/** As long as the console allows. */
const JOB = /^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$/;

function readInstance(reader: InputReader): Instance | undefined {
  const text = reader.pattern(
    'backup-instance',
    /^(?:[a-z][a-z0-9.:-]*:[a-z0-9-]+:)?[a-z][a-z0-9-]*$/,
    'the name of a Cloud SQL instance, or `project:region:instance`',
  );
  if (text === undefined) return undefined;
  const [instance = '', , ...project] = text.split(':').reverse();
  return { instance, project: project.length > 0 ? project.reverse().join(':') : undefined };
}

function readJob(reader: InputReader, service: string | undefined): string {
  const job = reader.text('job') ?? (service && `migrate-${service}`);
  if (job === undefined) {
    reader.reject('job', 'is required where no `service` is given');
    return '';
  }
  if (!JOB.test(job)) {
    reader.problem(
      'job',
      job,
      'the name of a job: lower-case letters, digits and dashes, at most 49, starting with a letter',
    );
  }
  return job;
}

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Readonly<Record<string, string | undefined>>): Inputs {
  const reader = new InputReader(env);
  const image = readImage(reader);
  const service = reader.text('service');
  const inputs = {
    service,
    job: readJob(reader, service),
    region: reader.requiredText('region'),
    projectId: reader.text('project-id'),
    command: reader.list('command') ?? [],
    args: reader.list('args') ?? [],
    env: reader.pairs('env-vars') ?? {},
    secrets: readSecrets(reader),
    spec: readSpec(reader, 'Job'),
    timeoutMs: reader.duration('timeout', { min: SECOND, max: LONGEST_MS }) ?? 600 * SECOND,
    maxRetries: reader.integer('max-retries', { min: 0, max: MOST_RETRIES }) ?? 0,
    waitForRunning: reader.boolean('wait-for-running') ?? false,
    compatibility: reader.oneOf('compatibility', ['backward', 'breaking']),
    schemaVersion: reader.pattern(
      'schema-version',
      /^[\w.@:+-]{1,128}$/,
      'a version of letters, digits and `_.@:+-`, at most 128',
    ),
    downArgs: reader.list('down-args'),
    backupInstance: readInstance(reader),
  };
  refuseDoubles(reader, inputs.env, inputs.secrets);
  if (service === undefined && (inputs.compatibility || inputs.schemaVersion || inputs.downArgs)) {
    reader.reject('service', 'is required to remember `compatibility`, `schema-version` or `down-args`');
  }
  reader.finish();
  if (!image) throw new Error('unreachable: a missing image is a problem that finish() reports');
  return { ...inputs, image };
}
