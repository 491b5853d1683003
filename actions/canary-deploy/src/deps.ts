import type { Clock } from '@apex-actions/shared/action/clock';
import type { Log } from '@apex-actions/shared/action/log';
import { checkHealth, type HealthResult } from '@apex-actions/shared/cloudrun/health';
import { nextRevisionName } from '@apex-actions/shared/cloudrun/names';
import { idOf } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import type { Announcer } from '@apex-actions/shared/github/announcer';
import type { MetricsPort } from '@apex-actions/shared/metrics/monitoring';
import type { RegistryClient } from '@apex-actions/shared/registry/resolve';
import type { RecordPort } from '@apex-actions/shared/report/recorder';
import { type Identity, RolloutControl } from '@apex-actions/shared/rollout/control';
import type { RolloutRecord } from '@apex-actions/shared/rollout/record';
import type { Masks } from '@apex-actions/shared/smoke/masks';
import type { Progress } from './begun.ts';
import type { Inputs } from './inputs.ts';

export type Deps = {
  port: ServicePort;
  /** Not cancelled with the run. */
  repairPort: ServicePort;
  metrics: MetricsPort;
  registry: RegistryClient;
  idToken: (audience: string) => Promise<string | undefined>;
  masks: Masks;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** The run, under an id of its own that no other run or attempt shares. */
  identity: Identity;
  /** Keeps for the post step that a rollout has begun (before anything is changed), and how far it has come. */
  remember: (progress: Partial<Progress>) => void;
  /** Where GitHub is told how it goes. */
  announcer?: Announcer | undefined;
  /** Keeps what happens for the report. */
  recorder: RecordPort;
};

/** A startup probe may take 240 s; a change of a service is given a minute more. */
export const CHANGE_TIMEOUT_MS = 5 * 60_000;

/** What may be written to the service on behalf of this run, or, with a record, of one that died. */
export function controlOf(
  {
    port,
    repairPort,
    clock,
    identity,
    tag,
    stableTag,
    recorder,
  }: Pick<Deps, 'port' | 'repairPort' | 'clock' | 'identity'> & {
    tag: string;
    stableTag?: string | undefined;
    recorder?: RecordPort;
  },
  record?: RolloutRecord,
): RolloutControl {
  return new RolloutControl(
    { port, repairPort, clock, identity, tag, stableTag, changeTimeoutMs: CHANGE_TIMEOUT_MS, recorder },
    record,
  );
}

/** Asks the health path of a URL until it answers or patience ends, and runs the checks of `verify`. */
export async function healthOf(
  url: string,
  audience: string,
  { verification }: Pick<Inputs, 'verification'>,
  deps: Deps,
): Promise<HealthResult> {
  const health = await checkHealth({ url, audience, verification }, deps);
  if (health.healthy) deps.log.info(`Healthy at ${url}: ${health.detail}`);
  return health;
}

/** The name of the revision to come; the suffix is the commit, where there is one. */
export async function newRevisionName(
  { port, identity }: Pick<Deps, 'port' | 'identity'>,
  exists: boolean,
): Promise<string> {
  const existing = exists ? (await port.revisions()).map(({ name }) => idOf(name)) : [];
  const suffix = identity.sha?.slice(0, 7) ?? Math.random().toString(36).slice(2, 5);
  return nextRevisionName(port.id.service, existing, suffix);
}
