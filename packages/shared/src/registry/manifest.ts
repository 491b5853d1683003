import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Every kind of manifest; without the indexes a registry would answer with one of its platforms. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** The size that the distribution specification asks registries to accept. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export function digestOf(manifest: Uint8Array): string {
  return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
}

export function typeOf(response: Response): string {
  return response.headers.get('content-type')?.split(';')[0]?.trim() ?? '';
}

const descriptor = z.object({ digest: z.string(), size: z.number() });

const platformSchema = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });

/** https://github.com/opencontainers/image-spec/blob/main/image-index.md */
const indexSchema = z.object({
  manifests: z.array(
    descriptor.extend({
      platform: platformSchema.optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md */
const imageSchema = z.object({ config: descriptor, layers: z.array(descriptor) });

export type PlatformImage = { digest: string; platform: string };
export type Manifest =
  | { kind: 'image'; config: { digest: string }; layers: { digest: string; size: number }[] }
  | { kind: 'index'; images: PlatformImage[] };

/**
 * Reads a manifest. Of an index, the images of platforms alone: BuildKit keeps attestations beside them, for a platform
 * `unknown/unknown` (https://docs.docker.com/build/metadata/attestations/attestation-storage/).
 */
export function parseManifest(body: Uint8Array): Manifest {
  const json: unknown = JSON.parse(new TextDecoder().decode(body));
  const index = indexSchema.safeParse(json);
  if (!index.success) return { kind: 'image', ...imageSchema.parse(json) };
  const images = index.data.manifests
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === undefined)
    .filter(({ platform }) => platform?.os !== 'unknown')
    .map(({ digest, platform }) => ({
      digest,
      platform: platform
        ? [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')
        : '',
    }));
  return { kind: 'index', images };
}
