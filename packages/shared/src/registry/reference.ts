/** A container image reference. Grammar: https://pkg.go.dev/github.com/distribution/reference. */
export type ImageReference = {
  /** As it was written. */
  text: string;
  registry: string;
  repository: string;
  tag?: string;
  digest?: string;
};

const DEFAULT_REGISTRY = 'docker.io';
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9-]+)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?';
const PATTERN = new RegExp(
  `^(?:(${HOST})/)?(${COMPONENT}(?:/${COMPONENT})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** The first part names a registry only if it looks like a host: with a dot, a port, or `localhost`. */
function looksLikeHost(part: string): boolean {
  return part.includes('.') || part.includes(':') || part === 'localhost';
}

/** Reads a reference; `undefined` when it is not one. A name without a registry is Docker Hub's. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = PATTERN.exec(text);
  if (!match?.[2]) return undefined;
  const [, first, rest, tag, digest] = match;
  const isHost = first !== undefined && looksLikeHost(first);
  const name = isHost || first === undefined ? (rest ?? '') : `${first}/${rest}`;
  const official = !isHost && !name.includes('/');
  return {
    text,
    registry: isHost ? first : DEFAULT_REGISTRY,
    repository: official ? `library/${name}` : name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference by digest, without its tag: `registry/repository@sha256:…`. */
export function withDigest({ registry, repository }: ImageReference, digest: string): string {
  return `${registry}/${repository}@${digest}`;
}
