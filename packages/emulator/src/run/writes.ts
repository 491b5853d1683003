import { isDeepStrictEqual } from 'node:util';
import { type MessageValue, RUN, writable } from '../grpc/schema.ts';
import { alreadyExists } from '../grpc/status.ts';
import { serviceWithDefaults } from './defaults.ts';
import { applyMask, parseMask } from './field-mask.ts';
import type { ServiceRecord } from './state.ts';
import type { RevisionTemplate, Service } from './types.ts';

const SERVICE = `${RUN}.Service`;

/** The writable part of a service as it was sent. */
export function specOf(service: Service): Service {
  const { name: _, etag: __, ...spec } = writable(SERVICE, service as MessageValue) as Service;
  return spec;
}

export type UpdateScope = { spec: Service; replacesTemplate: boolean };

/** The service as an update leaves it, defaults filled in. Without a mask, what was not sent is cleared. */
export function updatedSpec(current: Service, incoming: Service, paths: string[]): UpdateScope {
  const sent = specOf(incoming);
  if (paths.length === 0 || (paths.length === 1 && paths[0] === '*')) {
    return { spec: completed(sent), replacesTemplate: true };
  }
  const merged = applyMask(current as MessageValue, sent as MessageValue, parseMask(SERVICE, paths));
  return { spec: completed(merged as Service), replacesTemplate: paths.includes('template') };
}

/** Fills in defaults; filled-in zero values compare equal to absent ones. */
export function completed(spec: Service): Service {
  return specOf(serviceWithDefaults(specOf(spec)));
}

/** What becomes of the template in a write. */
export type TemplatePlan =
  | { kind: 'unchanged' }
  | { kind: 'reuse'; revision: string }
  | { kind: 'create'; revision: string | undefined; config: RevisionTemplate };

export function planTemplate(record: ServiceRecord, { spec, replacesTemplate }: UpdateScope): TemplatePlan {
  const template = spec.template ?? {};
  const { revision, ...config } = template;
  const named = revision ?? undefined;
  const conflict = () =>
    alreadyExists(`Revision named '${named}' with different configuration already exists.`);
  // gcloud's template carries fields that the v2 API does not show, so a template that is read and sent back under the same
  // revision name is never the same (googleapis/google-cloud-python 11870).
  if (
    replacesTemplate &&
    record.spec.client === 'gcloud' &&
    named !== undefined &&
    record.revisions.has(named)
  ) {
    throw conflict();
  }
  if (isDeepStrictEqual(record.spec.template, template)) {
    return { kind: 'unchanged' };
  }
  if (named === undefined) {
    return { kind: 'create', revision: undefined, config };
  }
  const existing = record.revisions.get(named);
  if (existing !== undefined && isDeepStrictEqual(existing.config, config)) {
    return { kind: 'reuse', revision: named };
  }
  if (existing !== undefined || record.retiredNames.has(named)) {
    throw conflict();
  }
  return { kind: 'create', revision: named, config };
}
