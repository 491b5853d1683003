import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import type { Log } from '@apex-actions/shared/action/log';
import type { JobPort } from '@apex-actions/shared/cloudrun/jobs';
import type { LogPort } from '@apex-actions/shared/cloudrun/logs';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import type { BackupPort } from '@apex-actions/shared/cloudsql/backups';
import type { RegistryClient } from '@apex-actions/shared/registry/resolve';

export type Deps = {
  jobs: JobPort;
  logs: LogPort;
  /** Of `service`, where one is given. */
  service: ServicePort | undefined;
  registry: RegistryClient;
  /** Made only where it is asked. */
  backups: () => Promise<BackupPort>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  context: RunContext;
  /** This run's own, which no other run or attempt shares. */
  id: string;
  /** Keeps for the post step how far the migration is. */
  remember: (progress: Progress) => void;
};

/** What is left to be put right should the step end here. */
export type Progress =
  /** The job may carry our name, and an execution of ours may run. */
  | 'claimed'
  /** The migration is over, and the schema is to be remembered. */
  | { succeeded: string | undefined }
  /** Nothing. */
  | 'ended';

/** The longest that one change of the job may take. */
export const CHANGE_TIMEOUT_MS = 2 * 60_000;
