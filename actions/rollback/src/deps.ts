import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { describeSplit, type Split } from '@apex-actions/shared/cloudrun/traffic';
import type { MetricsPort } from '@apex-actions/shared/metrics/monitoring';
import type { RecordPort } from '@apex-actions/shared/report/recorder';
import type { Masks } from '@apex-actions/shared/smoke/masks';

export type Deps = {
  /** Not cancelled with the step: a tag that was added is taken away again, a move that was begun is finished. */
  port: ServicePort;
  metrics: MetricsPort;
  idToken: (audience: string) => Promise<string | undefined>;
  masks: Masks;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  context: RunContext;
  /** Keeps for the post step that a tag is about to point at a revision, for the check. */
  remember: (tag: string, revision: string) => void;
  /** Keeps what happens for the report. */
  recorder: RecordPort;
};

export const CHANGE_TIMEOUT_MS = 5 * 60_000;

/** An error before anything was moved. */
export function refused(what: string, next: string, users?: Split): ActionError {
  return new ActionError({
    what,
    state: users ? `Nothing was changed; users have ${describeSplit(users)}` : 'Nothing was changed',
    next,
  });
}
