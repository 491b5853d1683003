import { createHash } from 'node:crypto';
import {
  type Container,
  type EnvVar,
  ingressContainer,
  type RevisionTemplate,
  type Service,
} from './resources.ts';

/** A secret as an environment variable: `NAME=secret:version`. */
export type SecretReference = { secret: string; version: string };

/** What a deploy asks for. Whatever it does not name stays as it is on the service. */
export type Release = {
  /** By digest where it could be resolved. */
  image: string;
  /** As the user wrote it, tag and all; kept on the revision so that a rollback can find it by its tag. */
  requestedImage: string;
  env: Readonly<Record<string, string>>;
  secrets: Readonly<Record<string, SecretReference>>;
  /** Settings of the v2 `Service` that the user keeps in a file; absent fields are not asked for. */
  spec: Service | undefined;
  labels: Readonly<Record<string, string>>;
  /** The version of the database's schema, where it is known. */
  schema: string | undefined;
};

/** The fields to write and the names of them, as `UpdateServiceRequest.update_mask` wants them. */
export type ServiceChange = { change: Service; mask: string[] };

export const FINGERPRINT_ANNOTATION = 'apex.dev/fingerprint';
export const IMAGE_ANNOTATION = 'apex.dev/image';
/** On a revision: the version of the schema that was there when it was deployed. */
export const SCHEMA_ANNOTATION = 'apex.dev/schema';

/** Fields of the template that a deploy writes by name; everything else of it comes from the spec or stays. */
const OWN_TEMPLATE_FIELDS = ['containers', 'revision', 'labels', 'annotations'];

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The variables with others added, or put in the place of those of the same name. */
export function withVariable(env: readonly EnvVar[], asked: readonly EnvVar[]): EnvVar[] {
  return [...env.filter(({ name }) => !asked.some((other) => other.name === name)), ...asked];
}

function withVariables(container: Container, release: Release): Container {
  return { ...container, env: withVariable(container.env ?? [], variablesOf(release)) };
}

/** What was asked for, as the API wants it. */
export function variablesOf({ env, secrets }: Pick<Release, 'env' | 'secrets'>): EnvVar[] {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(secrets).map(([name, secretKeyRef]) => ({ name, valueSource: { secretKeyRef } })),
  ];
}

/** The fields that a spec names. Variables and limits are settings of their own; the others stay. */
export function withSettings(current: Container, asked: Container): Container {
  const { env, resources } = asked;
  const limits = { ...current.resources?.limits, ...resources?.limits };
  return {
    ...current,
    ...asked,
    ...(env ? { env: withVariable(current.env ?? [], env) } : {}),
    ...(resources ? { resources: { ...current.resources, ...resources, limits } } : {}),
  };
}

/** Containers are told apart by name; the one that receives requests is the same one under whatever name. */
function specifiedContainers(current: readonly Container[], asked: readonly Container[]): Container[] {
  const ingress = ingressContainer(current);
  const known = new Map<Container, Container>();
  for (const container of asked) {
    const namesake = current.find(({ name }) => name && name === container.name);
    if (namesake) known.set(namesake, container);
  }
  const receiving = ingressContainer(asked);
  const isNew = (container: Container) => ![...known.values()].includes(container);
  if (ingress && receiving && isNew(receiving) && !known.has(ingress)) known.set(ingress, receiving);
  const changed = current.map((container) => withSettings(container, known.get(container) ?? {}));
  return [...changed, ...asked.filter(isNew)];
}

function containersFor(base: readonly Container[], release: Release): Container[] {
  const ingress = ingressContainer(base) ?? {};
  const updated = withVariables({ ...ingress, image: release.image }, release);
  return base.length === 0
    ? [updated]
    : base.map((container) => (container === ingress ? updated : container));
}

/** The same value with its keys sorted: equal settings give equal text, however they were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, child]) => [key, sorted(child)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Identifies what was asked for, so that the same deploy run twice can be seen. */
export function releaseFingerprint({ image, env, secrets, spec }: Release): string {
  const asked = JSON.stringify(sorted({ image, env, secrets, spec }));
  return createHash('sha256').update(asked).digest('hex').slice(0, 32);
}

/** The template that `release` asks for on top of what the service has, under the name of its revision. */
function templateFor(current: Service | undefined, release: Release, revision: string): RevisionTemplate {
  const asked = release.spec?.template ?? {};
  const base = { ...current?.template, ...asked };
  const containers = specifiedContainers(current?.template?.containers ?? [], asked.containers ?? []);
  return {
    ...base,
    ...(asked.scaling ? { scaling: { ...current?.template?.scaling, ...asked.scaling } } : {}),
    revision,
    containers: containersFor(containers, release),
    labels: { ...current?.template?.labels, ...asked.labels, ...release.labels },
    annotations: {
      ...current?.template?.annotations,
      ...asked.annotations,
      [FINGERPRINT_ANNOTATION]: releaseFingerprint(release),
      [IMAGE_ANNOTATION]: release.requestedImage,
      ...(release.schema === undefined ? {} : { [SCHEMA_ANNOTATION]: release.schema }),
    },
  };
}

/** The first deploy of a service: the spec, the image, and the name of its first revision. */
export function newService(release: Release, revision: string): Service {
  return { ...release.spec, template: templateFor(undefined, release, revision) };
}

/**
 * A later deploy. The mask names the template's fields one by one, so that settings of the template that this client
 * does not know yet are not cleared; the revision always gets a name of its own, because sending the old one back is
 * refused with "Revision named … with different configuration already exists".
 */
export function changedService(current: Service, release: Release, revision: string): ServiceChange {
  const template = templateFor(current, release, revision);
  const { template: specTemplate, annotations, labels, ...specFields } = release.spec ?? {};
  const templateFields = [...new Set([...OWN_TEMPLATE_FIELDS, ...Object.keys(specTemplate ?? {})])];
  const change: Service = { ...specFields, template };
  const mask = [
    ...templateFields.map((field) => `template.${snakeCase(field)}`),
    ...Object.keys(specFields).map(snakeCase),
  ];
  if (labels) {
    change.labels = { ...current.labels, ...labels };
    mask.push('labels');
  }
  if (specFields.scaling) change.scaling = { ...current.scaling, ...specFields.scaling };
  change.annotations = { ...current.annotations, ...annotations };
  return { change, mask };
}
