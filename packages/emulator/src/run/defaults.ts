import { trafficWithDefault } from './traffic.ts';
import type { Container, Probe, RevisionTemplate, Service } from './types.ts';

const PORT = 8080;
const PROBE_LIMIT_SECONDS = 240;

/** The number of the emulated project, as it stands in the default service account. */
const PROJECT_NUMBER = '123456789012';

/** What services and jobs run as that name no account. */
export const DEFAULT_ACCOUNT = `${PROJECT_NUMBER}-compute@developer.gserviceaccount.com`;

/** Fills in what Cloud Run fills in, so that what was left out and what was written out compare equal. */
export function serviceWithDefaults(service: Service): Service {
  return {
    ...service,
    ingress: service.ingress ?? 'INGRESS_TRAFFIC_ALL',
    launchStage: service.launchStage ?? 'GA',
    template: templateWithDefaults(service.template ?? {}),
    traffic: trafficWithDefault(service.traffic),
  };
}

function templateWithDefaults(template: RevisionTemplate): RevisionTemplate {
  const ingress = ingressIndex(template.containers ?? []);
  const containers = (template.containers ?? []).map((container, index) =>
    containerWithDefaults(container, index === ingress),
  );
  return {
    ...template,
    scaling: { ...template.scaling, maxInstanceCount: template.scaling?.maxInstanceCount ?? 100 },
    timeout: template.timeout ?? { seconds: '300' },
    serviceAccount: template.serviceAccount ?? DEFAULT_ACCOUNT,
    maxInstanceRequestConcurrency:
      template.maxInstanceRequestConcurrency ?? defaultConcurrency(containers[ingress]),
    containers,
  };
}

/** The container that takes the requests: the only one, or the one with a port. */
export function ingressIndex(containers: Container[]): number {
  return containers.length === 1 ? 0 : containers.findIndex(({ ports }) => (ports ?? []).length > 0);
}

export function containerWithDefaults(container: Container, isIngress: boolean): Container {
  const limits = container.resources?.limits ?? {};
  const resources = {
    ...(container.resources ?? { cpuIdle: true }),
    limits: { ...limits, cpu: limits.cpu ?? '1000m', memory: limits.memory ?? '512Mi' },
  };
  if (!isIngress) {
    return { ...container, resources };
  }
  const [given] = container.ports ?? [];
  const port = { ...given, name: given?.name ?? 'http1', containerPort: given?.containerPort ?? PORT };
  return {
    ...container,
    resources,
    ports: [port],
    startupProbe: startupProbeWithDefaults(container.startupProbe, port.containerPort),
  };
}

function startupProbeWithDefaults(probe: Probe | null | undefined, port: number): Probe {
  if (probe === undefined || probe === null) {
    return {
      timeoutSeconds: PROBE_LIMIT_SECONDS,
      periodSeconds: PROBE_LIMIT_SECONDS,
      failureThreshold: 1,
      tcpSocket: { port },
    };
  }
  const action = probe.httpGet
    ? { httpGet: { ...probe.httpGet, path: probe.httpGet.path ?? '/', port: probe.httpGet.port ?? port } }
    : probe.grpc
      ? { grpc: { ...probe.grpc, port: probe.grpc.port ?? port } }
      : { tcpSocket: { ...probe.tcpSocket, port: probe.tcpSocket?.port ?? port } };
  return {
    ...probe,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    periodSeconds: probe.periodSeconds ?? 10,
    failureThreshold: probe.failureThreshold ?? 3,
    ...action,
  };
}

/** 80 with a whole CPU, 1 with less. */
function defaultConcurrency(container: Container | undefined): number {
  return milliCpus(container?.resources?.limits?.cpu ?? '1000m') >= 1000 ? 80 : 1;
}

export function milliCpus(cpu: string): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000;
}
