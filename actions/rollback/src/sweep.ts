import { randomUUID } from 'node:crypto';
import type { Clock } from '@apex-actions/shared/action/clock';
import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { table } from '@apex-actions/shared/action/markdown';
import { idOf, type Service } from '@apex-actions/shared/cloudrun/resources';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import { describeSplit } from '@apex-actions/shared/cloudrun/traffic';
import { RolloutControl } from '@apex-actions/shared/rollout/control';
import {
  isAbandoned,
  RECORD_ANNOTATION,
  type RolloutRecord,
  readRecord,
} from '@apex-actions/shared/rollout/record';
import { type Repair, repairAbandoned } from '@apex-actions/shared/rollout/repair';
import { CHANGE_TIMEOUT_MS } from './deps.ts';

export type SweepDeps = {
  /** All services of the project and region. */
  services: () => Promise<readonly Service[]>;
  portOf: (service: string) => ServicePort;
  clock: Clock;
  log: Log;
  context: RunContext;
  dryRun: boolean;
};

/** What was found on one service and done about it. `failed`: it is as it was. */
type Finding = { service: string; text: string; failed: boolean };

async function repair(service: Service, record: RolloutRecord, deps: SweepDeps): Promise<string> {
  const { clock, log, context, dryRun } = deps;
  const name = idOf(service.name);
  const stable = describeSplit(record.stable);
  if (dryRun) return `abandoned at ${record.percent} %; would go back to ${stable}`;
  const port = deps.portOf(name);
  const identity = { id: randomUUID(), ...context };
  const options = {
    port,
    repairPort: port,
    clock,
    identity,
    tag: record.tag,
    changeTimeoutMs: CHANGE_TIMEOUT_MS,
  };
  const control = new RolloutControl(options, record);
  const texts: Record<Repair, string> = {
    restored: `abandoned at ${record.percent} %; restored ${stable}`,
    kept: `abandoned after promotion; ${record.canary} stays`,
    'handed-over': 'abandoned; the traffic was left as somebody else set it',
  };
  return texts[await log.group(`Repair ${name}`, () => repairAbandoned(control, log))];
}

async function look(service: Service, deps: SweepDeps): Promise<Finding[]> {
  const name = idOf(service.name);
  const found = (text: string, failed = false): Finding[] => [{ service: name, text, failed }];
  const read = readRecord(service);
  if (read.kind === 'none') return [];
  if (read.kind === 'unreadable') return found(`its annotation ${RECORD_ANNOTATION} cannot be read`, true);
  const { record } = read;
  if (!isAbandoned(record, deps.clock.nowMs(), deps.context)) {
    const doing = record.phase === 'held' ? 'held' : 'running';
    return found(`a rollout is ${doing} at ${record.percent} % until ${record.leaseUntil}; not touched`);
  }
  try {
    return found(await repair(service, record, deps));
  } catch (error) {
    return found(`abandoned, and could not be repaired: ${describeError(error)}`, true);
  }
}

export type SweepResult = { summary: string; failure?: ActionError };

/** Puts right what dead runs left on any service of the region. Live and held rollouts are not touched. */
export async function sweep(deps: SweepDeps): Promise<SweepResult> {
  const { log } = deps;
  const services = await deps.services();
  const findings: Finding[] = [];
  for (const service of services) findings.push(...(await look(service, deps)));
  for (const { service, text, failed } of findings) {
    if (failed) log.warning(`${service}: ${text}`);
    else log.info(`${service}: ${text}`);
  }
  const said = `${services.length} services looked at, ${findings.length} with a rollout`;
  log.notice(said);
  const rows = findings.map(({ service, text }) => [service, text]);
  const summary = `## Sweep\n\n${said}\n\n${rows.length > 0 ? table(['Service', 'Rollout'], rows) : ''}\n`;
  const failed = findings.filter((finding) => finding.failed);
  if (failed.length === 0) return { summary };
  return {
    summary,
    failure: new ActionError({
      what: `${failed.length} of ${services.length} services could not be put right: ${failed.map(({ service, text }) => `${service}: ${text}`).join('; ')}`,
      state: 'These are as they were; the others are in order',
      next: 'Roll each of them back by hand, with the input `service`',
    }),
  };
}
