import type { RevisionProcess, StartupProbe } from '../dataplane.ts';
import { ingressIndex } from './defaults.ts';
import type { ServiceName } from './names.ts';
import type { RevisionRecord } from './state.ts';
import type { Container, Probe } from './types.ts';

/** Values of Secret Manager's secrets, whatever the version. */
export type Secrets = Readonly<Record<string, string>>;

/** What the data plane has to start for a revision: the container that takes the requests. */
export function revisionProcess(
  { service }: ServiceName,
  { id, config }: RevisionRecord,
  secrets: Secrets,
): RevisionProcess {
  const containers = config.containers ?? [];
  const container = containers[ingressIndex(containers)] ?? {};
  return {
    service,
    revision: id,
    image: container.image ?? '',
    env: environmentOf(container, secrets),
    command: container.command ?? [],
    args: container.args ?? [],
    startupProbe: startupProbe(container.startupProbe ?? {}),
  };
}

/** A container's variables; those of secrets that the configuration does not know are left out. */
export function environmentOf({ env }: Container, secrets: Secrets): Record<string, string> {
  const entries = (env ?? []).map(({ name, value, valueSource }) => [
    name ?? '',
    valueSource ? secrets[valueSource.secretKeyRef?.secret ?? ''] : (value ?? ''),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function startupProbe(probe: Probe): StartupProbe {
  return {
    kind: probe.httpGet ? 'http' : 'tcp',
    path: probe.httpGet?.path ?? '/',
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    timeoutMs: (probe.timeoutSeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds ?? 0) * 1000,
    failureThreshold: probe.failureThreshold ?? 0,
  };
}
