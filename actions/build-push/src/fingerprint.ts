import { createHash } from 'node:crypto';
import type { BuildInputs } from './inputs.ts';

/** The label that tells a build of the same commit with the same settings from another one. */
export const FINGERPRINT = 'dev.apex.build';

/** What decides what is in the image, but for what the network brings. Secrets are not part of an image. */
export function fingerprintOf(inputs: BuildInputs, sha: string | undefined): string {
  const { context, file, target, platforms, buildArgs, labels, provenance, sbom } = inputs;
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
