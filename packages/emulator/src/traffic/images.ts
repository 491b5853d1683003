/** Says which local command stands for an image. */
export type ImageMapping = {
  /** `repository`, `repository:tag` or `repository@sha256:…`. */
  image: string;
  command: string[];
  env: Record<string, string>;
  /** Working directory of the command. */
  directory: string;
};

/**
 * The mapping of an image reference: the longest of those that name its digest, its tag or just its repository. A
 * reference without tag and digest is `latest`.
 */
export function mappingOf(image: string, mappings: readonly ImageMapping[]): ImageMapping | undefined {
  const names = namesOf(image);
  return mappings
    .filter((mapping) => names.includes(mapping.image))
    .reduce<ImageMapping | undefined>(
      (best, mapping) => (best && best.image.length >= mapping.image.length ? best : mapping),
      undefined,
    );
}

function namesOf(image: string): string[] {
  const [tagged = '', digest] = image.split('@');
  // A colon before the last slash belongs to the registry's port.
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const repository = colon < 0 ? tagged : tagged.slice(0, colon);
  const names = [repository, tagged];
  if (digest !== undefined) names.push(`${repository}@${digest}`);
  else if (colon < 0) names.push(`${repository}:latest`);
  return names;
}

/** A container's command takes the place of the image's, its arguments follow what stands there. */
export function commandOf(
  { command, args }: { command: string[]; args: string[] },
  mapping: ImageMapping,
): string[] {
  return [...(command.length > 0 ? command : mapping.command), ...args];
}
