import { describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { type Images, labelsOf } from '@apex-actions/shared/registry/images';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import { type Expected, expectedVersion } from '@apex-actions/shared/smoke/health-body';

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
const LABELS = ['org.opencontainers.image.version', 'org.opencontainers.image.revision'];

/** What an image calls its version, by its labels; none where the registry does not tell. */
async function labelled(image: ImageReference, images: Images, log: Log): Promise<string[]> {
  try {
    const labels = await labelsOf(images, image, image.digest ?? image.tag ?? 'latest');
    return LABELS.flatMap((label) => labels[label] ?? []);
  } catch (error) {
    log.info(`The labels of ${image.text} could not be read: ${describeError(error)}`);
    return [];
  }
}

/** `latest` and `production-latest` say nothing of a version. */
function versionTag({ tag }: ImageReference): string[] {
  return tag !== undefined && /\d/.test(tag) ? [tag] : [];
}

/** What a health body's version must be; `undefined` where nobody said, or the image does not tell. */
export async function expectedOf(
  { image, commit }: { image: ImageReference | undefined; commit: string | undefined },
  images: Images,
  log: Log,
): Promise<Expected | undefined> {
  // A tag may be of several builds; a commit is of one.
  const names =
    commit !== undefined
      ? [commit]
      : image
        ? [...versionTag(image), ...(await labelled(image, images, log))]
        : [];
  const expected = expectedVersion([...new Set(names)]);
  if (expected) log.info(`A health body must have version ${expected.text}`);
  else if (image) {
    log.warning(
      `${image.text} names no version, neither by its tag nor by its labels, so the version in a health body is not compared; give \`commit\`, or build with the label ${LABELS[0]}`,
    );
  }
  return expected;
}
