import { invalidArgument, unimplemented } from '../grpc/status.ts';
import { ingressIndex, milliCpus } from './defaults.ts';
import { revisionIdProblem } from './names.ts';
import { validateTraffic } from './traffic.ts';
import type { Container, Probe, RevisionTemplate, Service } from './types.ts';

const RESERVED_NAMESPACES = [
  'run.googleapis.com',
  'cloud.googleapis.com',
  'serving.knative.dev',
  'autoscaling.knative.dev',
];
const SYSTEM_VARIABLES = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];
/** Kubernetes' limit on the annotations of one object. */
const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;
const STARTUP_LIMIT_SECONDS = 240;

export function violation(path: string, problem: string): Error {
  return invalidArgument(`Violation in ${path}: ${problem}`);
}

/** Checks a service with its defaults filled in. `path` is the field of the request, such as `UpdateServiceRequest.service`. */
export function validateService(serviceId: string, service: Service, path: string): void {
  refuseUnsupported(service);
  if ((service.description ?? '').length > 512) {
    throw violation(`${path}.description`, 'must be at most 512 characters.');
  }
  validateLabels(service.labels ?? {}, `${path}.labels`);
  validateAnnotations(service.annotations ?? {}, `${path}.annotations`);
  validateTemplate(serviceId, service.template ?? {}, `${path}.template`);
  validateTraffic(serviceId, service.traffic ?? [], `${path}.traffic`);
  validateScaling(service.scaling ?? {}, `${path}.scaling`);
}

/** What is accepted must also be done: the emulator says so where it does not do it. */
function refuseUnsupported(service: Service): void {
  const template = service.template ?? {};
  const containers = template.containers ?? [];
  const unsupported: [boolean, string][] = [
    [Boolean(service.multiRegionSettings), 'multi_region_settings'],
    [Boolean(service.buildConfig), 'build_config'],
    [Boolean(template.healthCheckDisabled), 'template.health_check_disabled'],
    [containers.some(({ sourceCode }) => Boolean(sourceCode)), 'template.containers.source_code'],
    [
      containers.some(({ startupProbe }) => Boolean(startupProbe?.grpc)),
      'template.containers.startup_probe.grpc',
    ],
    [
      containers.some(({ ports }) => (ports ?? []).some(({ name }) => name === 'h2c')),
      'template.containers.ports.name "h2c"',
    ],
  ];
  const found = unsupported.find(([isUsed]) => isUsed);
  if (found !== undefined) {
    throw unimplemented(`The emulator does not implement ${found[1]}.`);
  }
}

function validateTemplate(serviceId: string, template: RevisionTemplate, path: string): void {
  const revision = template.revision ?? '';
  const problem = revision === '' ? undefined : revisionIdProblem(serviceId, revision);
  if (problem !== undefined) {
    throw violation(`${path}.revision`, `${problem}.`);
  }
  validateLabels(template.labels ?? {}, `${path}.labels`);
  validateAnnotations(template.annotations ?? {}, `${path}.annotations`);
  validateScaling(template.scaling ?? {}, `${path}.scaling`);
  const timeoutSeconds = Number(template.timeout?.seconds ?? 0);
  if (timeoutSeconds < 1 || timeoutSeconds > 3600) {
    throw violation(`${path}.timeout`, 'must be between 1 and 3600 seconds.');
  }
  const concurrency = template.maxInstanceRequestConcurrency ?? 0;
  if (concurrency < 1 || concurrency > 1000) {
    throw violation(`${path}.max_instance_request_concurrency`, 'must be between 1 and 1000.');
  }
  validateContainers(template.containers ?? [], `${path}.containers`);
}

function validateScaling(
  {
    minInstanceCount,
    maxInstanceCount,
  }: { minInstanceCount?: number | null; maxInstanceCount?: number | null },
  path: string,
): void {
  const min = minInstanceCount ?? 0;
  const max = maxInstanceCount ?? 0;
  if (min < 0 || max < 0 || (max > 0 && min > max)) {
    throw violation(path, 'min_instance_count must not be negative or greater than max_instance_count.');
  }
}

function validateContainers(containers: Container[], path: string): void {
  if (containers.length === 0) {
    throw violation(path, 'must contain at least one container.');
  }
  if (
    ingressIndex(containers) === -1 ||
    containers.filter(({ ports }) => (ports ?? []).length > 0).length > 1
  ) {
    throw violation(path, 'exactly one container must expose a port.');
  }
  containers.forEach((container, index) => {
    validateContainer(container, `${path}[${index}]`);
  });
}

export function validateContainer(container: Container, path: string): void {
  if ((container.image ?? '') === '') {
    throw violation(`${path}.image`, 'is required.');
  }
  const ports = container.ports ?? [];
  const port = ports[0]?.containerPort ?? 1;
  if (ports.length > 1 || port < 1 || port > 65535) {
    throw violation(`${path}.ports`, 'a single port between 1 and 65535 can be specified.');
  }
  if (!['http1', 'h2c', undefined].includes(ports[0]?.name ?? undefined)) {
    throw violation(`${path}.ports[0].name`, 'should be "http1" or "h2c".');
  }
  const limits = container.resources?.limits ?? {};
  const unknown = Object.keys(limits).find((key) => !['cpu', 'memory', 'nvidia.com/gpu'].includes(key));
  if (unknown !== undefined || !(milliCpus(limits.cpu ?? '1') > 0)) {
    throw violation(`${path}.resources.limits`, `${unknown ?? 'cpu'}: is not supported.`);
  }
  validateEnv(container, `${path}.env`);
  if (container.startupProbe) {
    validateStartupProbe(container.startupProbe, `${path}.startup_probe`);
  }
}

function validateEnv(container: Container, path: string): void {
  const names = (container.env ?? []).map(({ name }) => name ?? '');
  const reserved = names.filter((name) => SYSTEM_VARIABLES.includes(name));
  if (reserved.length > 0) {
    throw violation(
      path,
      `The following reserved env names were provided: ${reserved.join(', ')}. These values are automatically set by the system.`,
    );
  }
  const invalid = names.find(
    (name, index) => name === '' || name.includes('=') || names.indexOf(name) !== index,
  );
  if (invalid !== undefined) {
    throw violation(path, `"${invalid}" is empty, malformed or given twice.`);
  }
}

function validateStartupProbe(probe: Probe, path: string): void {
  const period = probe.periodSeconds ?? 0;
  if (period < 1 || period > STARTUP_LIMIT_SECONDS) {
    throw violation(`${path}.period_seconds`, `must be between 1 and ${STARTUP_LIMIT_SECONDS}.`);
  }
  const timeout = probe.timeoutSeconds ?? 0;
  if (timeout < 1 || timeout > period) {
    throw violation(`${path}.timeout_seconds`, 'must be less than period_seconds.');
  }
  const threshold = probe.failureThreshold ?? 0;
  if (threshold < 1 || threshold * period > STARTUP_LIMIT_SECONDS) {
    throw violation(
      `${path}.failure_threshold`,
      `must be at least 1, and with period_seconds it must not exceed ${STARTUP_LIMIT_SECONDS} seconds.`,
    );
  }
  const delay = probe.initialDelaySeconds ?? 0;
  if (delay < 0 || delay > STARTUP_LIMIT_SECONDS) {
    throw violation(`${path}.initial_delay_seconds`, `must be between 0 and ${STARTUP_LIMIT_SECONDS}.`);
  }
}

export function validateLabels(labels: Record<string, string>, path: string): void {
  for (const [key, value] of Object.entries(labels)) {
    refuseReserved(key, path);
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
      throw violation(
        `${path}["${key}"]`,
        'keys start with a lowercase letter, with lowercase letters, digits, "_" and "-", at most 63.',
      );
    }
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
      throw violation(`${path}["${key}"]`, 'values have lowercase letters, digits, "_" and "-", at most 63.');
    }
  }
}

export function validateAnnotations(annotations: Record<string, string>, path: string): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    refuseReserved(key, path);
    if (
      !/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(key)
    ) {
      throw violation(`${path}["${key}"]`, 'is not a qualified name.');
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > ANNOTATIONS_LIMIT_BYTES) {
    throw violation(path, `must have at most ${ANNOTATIONS_LIMIT_BYTES} bytes.`);
  }
}

function refuseReserved(key: string, path: string): void {
  const [namespace = '', ...rest] = key.split('/');
  const reserved = RESERVED_NAMESPACES.some((name) => namespace === name || namespace.endsWith(`.${name}`));
  if (rest.length > 0 && reserved) {
    throw violation(`${path}["${key}"]`, `the namespace ${namespace} is reserved for the system.`);
  }
}
