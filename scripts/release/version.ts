export interface Version {
  /** As it is written everywhere: `v1.2.3`, `v1.3.0-rc.1`. */
  readonly tag: string;
  readonly numbers: readonly [major: number, minor: number, patch: number];
  readonly isPrerelease: boolean;
}

/** A version of https://semver.org without build metadata, which an exact tag has no use for. */
const VERSION =
  /^v(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?$/i;

/** Undefined for whatever is no exact version, `v1` included. */
export function parseVersion(tag: string): Version | undefined {
  const match = VERSION.exec(tag);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    tag,
    numbers: [Number(major), Number(minor), Number(patch)],
    isPrerelease: prerelease !== undefined,
  };
}

/** The tag that moves. */
export function majorTag({ numbers: [major] }: Version): string {
  return `v${major}`;
}

export function releaseBranch(version: Version): string {
  return `releases/${majorTag(version)}`;
}

/** Whether `a` comes after `b`; both without a pre-release. */
export function isNewer(a: Version, b: Version): boolean {
  const differing = a.numbers.findIndex((number, i) => number !== b.numbers[i]);
  return differing >= 0 && (a.numbers[differing] ?? 0) > (b.numbers[differing] ?? 0);
}
