import { createHash } from 'node:crypto';
import { isRemote } from './context.ts';
import type { BuildInputs } from './inputs.ts';

/** The label that tells a build of the same commit with the same settings from another one. */
export const FINGERPRINT = 'dev.apex.build';

/** docker/metadata-action gives the time of the run, by which no two runs would have built the same. */
const CREATED = 'org.opencontainers.image.created';

/**
 * What decides what is in the image, but for what the network brings. Secrets are not part of an image. `undefined` where
 * docker itself fetches the context, which may be anything.
 */
export function fingerprintOf(inputs: BuildInputs, sha: string | undefined): string | undefined {
  if (isRemote(inputs.context)) return undefined;
  const { context, file, target, platforms, buildArgs, provenance, sbom } = inputs;
  const { [CREATED]: _, ...labels } = inputs.labels;
  const sorted = (pairs: Readonly<Record<string, string>>) => Object.entries(pairs).sort();
  const settings = [
    sha,
    context,
    file,
    target,
    platforms,
    sorted(buildArgs),
    sorted(labels),
    provenance,
    sbom,
  ];
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 32);
}
