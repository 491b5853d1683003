import type { RevisionProcess, StartupProbe } from '../dataplane.ts';
import { ingressIndex } from './defaults.ts';
import type { ServiceName } from './names.ts';
import type { RevisionRecord } from './state.ts';
import type { Probe } from './types.ts';

/** What the data plane has to start for a revision: the container that takes the requests. */
export function revisionProcess({ service }: ServiceName, { id, config }: RevisionRecord): RevisionProcess {
  const containers = config.containers ?? [];
  const container = containers[ingressIndex(containers)] ?? {};
  const literals = (container.env ?? []).filter(({ valueSource }) => !valueSource);
  return {
    service,
    revision: id,
    image: container.image ?? '',
    env: Object.fromEntries(literals.map(({ name, value }) => [name ?? '', value ?? ''])),
    command: container.command ?? [],
    args: container.args ?? [],
    startupProbe: startupProbe(container.startupProbe ?? {}),
  };
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
