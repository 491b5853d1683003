import { formatSize } from '@apex-actions/shared/action/size';
import type { Images } from '@apex-actions/shared/registry/images';
import type { ImageReference } from '@apex-actions/shared/registry/reference';

export type Layer = { bytes: number; instruction: string };
/** The compressed size of one platform's image, as the registry stores it. */
export type PlatformSize = { platform: string; bytes: number; layers: Layer[] };

/** What of a Dockerfile made a layer; BuildKit writes it behind what it has of its own. */
function instructionOf(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/\s*# buildkit$/, '')
    .trim();
}

/** The sizes of an image's platforms, largest first, with their layers, largest first. */
export async function measure(
  images: Images,
  repository: ImageReference,
  digest: string,
  platform = '',
): Promise<PlatformSize[]> {
  const stored = await images.manifest(repository, digest);
  if (!stored) throw new Error(`${repository.registry} has no ${digest}`);
  const { manifest } = stored;
  if (manifest.kind === 'index') {
    const sizes = await Promise.all(
      manifest.images.map((image) => measure(images, repository, image.digest, image.platform)),
    );
    return sizes.flat().sort((a, b) => b.bytes - a.bytes);
  }
  const { history } = await images.config(repository, manifest.config.digest);
  const makers = history.filter(({ empty_layer }) => !empty_layer);
  const layers = manifest.layers.map(({ size }, i) => ({
    bytes: size,
    instruction: instructionOf(makers[i]?.created_by ?? '') || 'a layer of the base image',
  }));
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return [{ platform, bytes, layers: layers.sort((a, b) => b.bytes - a.bytes) }];
}

/** `118 MB, 12 % more than shop-00042 (105 MB)` */
export function compareSizes(bytes: number, running: { revision: string; bytes: number }): string {
  const change = running.bytes === 0 ? 0 : (bytes - running.bytes) / running.bytes;
  const percent = Math.round(Math.abs(change) * 100);
  const compared = percent === 0 ? 'as large as' : `${percent} % ${change > 0 ? 'more' : 'less'} than`;
  return `${formatSize(bytes)}, ${compared} ${running.revision} (${formatSize(running.bytes)})`;
}
