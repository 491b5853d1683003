/** A container image reference, after https://github.com/distribution/reference. */
export type ImageReference = {
  /** As it was written. */
  text: string;
  /** The host, with its port where it has one; Docker Hub's is `docker.io`. */
  registry: string;
  /** The path in the registry; Docker Hub's official images are under `library/`. */
  repository: string;
  tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  digest?: string;
};

const DOCKER_HUB = 'docker.io';
const MAX_REPOSITORY = 255;

const DOMAIN_COMPONENT = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(
  `^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`,
);
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Cuts a text at the first occurrence of a separator. */
function cut(text: string, at: number): [string, string | undefined] {
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** A first part is a host if it looks like one: with a dot, a port or a capital letter, or `localhost`. */
function isHost(part: string): boolean {
  return part === 'localhost' || /[.:A-Z]/.test(part);
}

function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, slash);
  const found = slash >= 0 && isHost(first);
  const registry = !found || first === 'index.docker.io' ? DOCKER_HUB : first;
  const path = found ? name.slice(slash + 1) : name;
  return { registry, repository: registry === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path };
}

/** Reads a reference; `undefined` when it is not one. A name without a registry is Docker Hub's. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [tagged, digest] = cut(text, text.indexOf('@'));
  const colon = tagged.lastIndexOf(':');
  const [name, tag] = cut(tagged, colon > tagged.lastIndexOf('/') ? colon : -1);
  // A bare image id names no repository.
  if (/^[a-f0-9]{64}$/.test(text)) return undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const { registry, repository } = splitName(name);
  if (repository.length > MAX_REPOSITORY || !DOMAIN.test(registry) || !REPOSITORY.test(repository))
    return undefined;
  return {
    text,
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference by digest, without its tag: `registry/repository@sha256:…`. */
export function withDigest({ registry, repository }: ImageReference, digest: string): string {
  return `${registry}/${repository}@${digest}`;
}

/** Whether a text is a digest as this module knows them. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}
