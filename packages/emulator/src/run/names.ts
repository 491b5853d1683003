import { invalidArgument } from '../grpc/status.ts';

/** Where the emulator's own resources live. */
export type Location = { project: string; region: string };

export type ServiceName = Location & { service: string };
export type RevisionName = ServiceName & { revision: string };

const SERVICE = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)$/;
const REVISION = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)\/revisions\/([^/]+)$/;
const LOCATION = /^projects\/([^/]+)\/locations\/([^/]+)$/;
const OPERATION = /^projects\/([^/]+)\/locations\/([^/]+)\/operations\/([^/]+)$/;
const REGION = /^[a-z]+(-[a-z]+)+\d+$/;

/** The parts of a resource name, of which the second is the region. */
export function match(
  pattern: RegExp,
  name: string,
  field: string,
  format: string,
): [string, string, string, string, string] {
  const found = pattern.exec(name);
  if (found === null) {
    throw invalidArgument(`Invalid ${field} "${name}": expected ${format}.`);
  }
  const [, project = '', region = '', third = '', fourth = '', fifth = ''] = found;
  if (!REGION.test(region)) {
    throw invalidArgument(`Invalid ${field} "${name}": location "${region}" is not a region.`);
  }
  return [project, region, third, fourth, fifth];
}

export function parseServiceName(name: string, field = 'name'): ServiceName {
  const format = 'projects/{project}/locations/{location}/services/{service}';
  const [project, region, service] = match(SERVICE, name, field, format);
  return { project, region, service };
}

export function parseRevisionName(name: string): RevisionName {
  const format = 'projects/{project}/locations/{location}/services/{service}/revisions/{revision}';
  const [project, region, service, revision] = match(REVISION, name, 'name', format);
  return { project, region, service, revision };
}

export function parseLocation(name: string, field = 'parent'): Location {
  const [project, region] = match(LOCATION, name, field, 'projects/{project}/locations/{location}');
  return { project, region };
}

export function parseOperationName(name: string): Location {
  const format = 'projects/{project}/locations/{location}/operations/{operation}';
  const [project, region] = match(OPERATION, name, 'name', format);
  return { project, region };
}

export function locationName({ project, region }: Location): string {
  return `projects/${project}/locations/${region}`;
}

export function serviceName(name: ServiceName): string {
  return `${locationName(name)}/services/${name.service}`;
}

export function revisionName(name: RevisionName): string {
  return `${serviceName(name)}/revisions/${name.revision}`;
}

/** The name that Cloud Run gives a revision: the configuration's generation in five digits, and three random characters. */
export function generatedRevisionId(service: string, generation: number, suffix: string): string {
  return `${service}-${String(generation).padStart(5, '0')}-${suffix}`;
}

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(length: number, random: () => number): string {
  return Array.from({ length }, () =>
    SUFFIX_ALPHABET.charAt(Math.floor(random() * SUFFIX_ALPHABET.length)),
  ).join('');
}

/** What is wrong with an id, or undefined. */
export function serviceIdProblem(id: string): string | undefined {
  return /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(id) && id.length < 50
    ? undefined
    : 'only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be less than 50 characters';
}

export function revisionIdProblem(service: string, id: string): string | undefined {
  if (!id.startsWith(`${service}-`)) {
    return `revision name must start with the service name and a hyphen ("${service}-")`;
  }
  return /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(id) && id.length <= 63
    ? undefined
    : 'only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be at most 63 characters';
}

export function tagProblem(service: string, tag: string): string | undefined {
  if (tag.length < 3) {
    return 'traffic tag must have at least 3 characters';
  }
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])$/.test(tag)) {
    return 'traffic tag: only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen';
  }
  return tag.length + service.length <= 46
    ? undefined
    : 'traffic tag and service name together must have at most 46 characters';
}
