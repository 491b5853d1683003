import { type Container, ingressContainer } from './resources.ts';

/** Highest length of a revision name (documented with `RevisionTemplate.revision`). */
const MAX_REVISION_NAME = 63;
const MAX_TAG_AND_SERVICE = 46;

/** The number in `<service>-00042-abc`; `undefined` for names of another form. */
export function revisionNumber(service: string, revision: string): number | undefined {
  if (!revision.startsWith(`${service}-`)) return undefined;
  const match = /^(\d{5,})(-|$)/.exec(revision.slice(service.length + 1));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * The name of the next revision, in Cloud Run's own form: service, the next five-digit number, a suffix. Names are
 * never reused on Cloud Run, so the number is one above every number that exists.
 */
export function nextRevisionName(service: string, existing: readonly string[], suffix: string): string {
  const highest = existing.reduce((max, name) => Math.max(max, revisionNumber(service, name) ?? 0), 0);
  const number = String(highest + 1).padStart(5, '0');
  const clean = suffix.toLowerCase().replace(/[^a-z0-9]/g, '');
  return `${service}-${number}-${clean}`.slice(0, MAX_REVISION_NAME).replace(/-+$/, '');
}

/** Why Cloud Run would refuse this tag for this service, or `undefined`. The rules are those of the API's error texts. */
export function tagProblem(tag: string, service: string): string | undefined {
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(tag) || tag.length < 3) {
    return 'at least 3 lower-case letters, digits and dashes, starting with a letter and not ending with a dash';
  }
  if (tag.length + service.length > MAX_TAG_AND_SERVICE) {
    return `at most ${MAX_TAG_AND_SERVICE - service.length} characters for service ${service} (tag and service name together are limited to ${MAX_TAG_AND_SERVICE})`;
  }
  return undefined;
}

/** Labels take lower-case letters, digits, `_` and `-`, at most 63 characters. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, 63);
}

/** The image of the container that receives requests. */
export function servedImage(containers: readonly Container[] | null | undefined): string {
  return ingressContainer(containers ?? [])?.image ?? '';
}
