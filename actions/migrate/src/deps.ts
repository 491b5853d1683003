import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import type { Log } from '@apex-actions/shared/action/log';
import type { JobPort } from '@apex-actions/shared/cloudrun/jobs';
import type { LogPort } from '@apex-actions/shared/cloudrun/logs';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import type { BackupPort } from '@apex-actions/shared/cloudsql/backups';
import type { RegistryClient } from '@apex-actions/shared/registry/resolve';
import type { Outputs } from './report.ts';
import type { Begun } from './state.ts';

export type Deps = {
  jobs: JobPort;
  logs: LogPort;
  /** Of `service`, where one is given. Not cancelled with the step: what has been migrated is remembered. */
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
  remember: (progress: Partial<Pick<Begun, 'asked' | 'backup' | 'execution' | 'ended'>>) => void;
  /** Sets outputs as soon as they are known, since a step that is killed sets none later. */
  publish: (outputs: Partial<Outputs>) => void;
};

/** The longest that one change of the job or the service may take. */
export const CHANGE_TIMEOUT_MS = 2 * 60_000;
