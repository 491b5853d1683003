import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import { formatSize } from '@apex-actions/shared/action/size';
import { type Assessment, assess, type Finding } from '@apex-actions/shared/registry/findings';
import {
  type ImageReference,
  parseImageReference,
  withDigest,
} from '@apex-actions/shared/registry/reference';
import { sarifOf } from '@apex-actions/shared/registry/sarif';
import { waitForScan } from '@apex-actions/shared/registry/scan';
import { SEVERITIES } from '@apex-actions/shared/registry/severity';
import type { Deps } from './deps.ts';
import type { Gates, Inputs } from './inputs.ts';
import { compareSizes, measure, type PlatformSize } from './size.ts';

/** What is known of an image in the registry, and why it must not go further. */
export type Report = {
  sizes: PlatformSize[];
  /** The largest of them in words. */
  size: string;
  assessment?: Assessment;
  sarif?: string;
  failure?: ActionError;
};

const pushed = (image: string) => `${image} is pushed; no alias was moved to it`;

/** The size, and how it compares with what the service runs. */
async function describeSize(bytes: number, { service }: Gates, deps: Deps): Promise<string> {
  const size = formatSize(bytes);
  if (service === undefined) return size;
  try {
    const running = await deps.running();
    const image = running && parseImageReference(running.image);
    if (!running || !image?.digest) return `${size}; ${service} runs no image to compare with`;
    const [largest] = await measure(deps.images, image, image.digest);
    return compareSizes(bytes, { revision: running.revision, bytes: largest?.bytes ?? 0 });
  } catch (error) {
    deps.signal.throwIfAborted();
    deps.log.warning(`The size of what ${service} runs now is not known: ${describeError(error)}`);
    return size;
  }
}

/** An image that cannot be measured is there all the same; it stops only where its size matters. */
async function reportSize(inputs: Inputs, digest: string, deps: Deps): Promise<Report> {
  const { repository, maxBytes } = inputs;
  const image = withDigest(repository, digest);
  try {
    const sizes = await measure(deps.images, repository, digest);
    const size = await describeSize(sizes[0]?.bytes ?? 0, inputs, deps);
    deps.log.info(`Compressed size: ${size}`);
    const failure = sizeFailure(image, sizes, maxBytes);
    return { sizes, size, ...(failure ? { failure } : {}) };
  } catch (cause) {
    deps.signal.throwIfAborted();
    const what = `The size of ${image} is not known: ${describeError(cause)}`;
    const report = { sizes: [], size: 'not known' };
    if (maxBytes === undefined) {
      deps.log.warning(what);
      return report;
    }
    const next = 'Run the job again; this account must be able to read the repository, too';
    return { ...report, failure: new ActionError({ what, state: pushed(image), next, cause }) };
  }
}

function sizeFailure(image: string, [largest]: PlatformSize[], maxBytes: number | undefined) {
  if (!largest || maxBytes === undefined || largest.bytes <= maxBytes) return undefined;
  const layers = largest.layers
    .slice(0, 3)
    .map(({ bytes, instruction }) => `${formatSize(bytes)} ${instruction}`);
  return new ActionError({
    what: `The image has ${formatSize(largest.bytes)} compressed, more than \`max-size\` (${formatSize(maxBytes)}); largest layers:\n${layers.map((layer) => `  ${layer}`).join('\n')}`,
    state: pushed(image),
    next: 'Make the layers smaller (a smaller base image, a stage for building, a .dockerignore), or raise `max-size`',
  });
}

function scanFailure(image: string, { blocking }: Assessment, { scanThreshold }: Gates) {
  if (blocking.length === 0) return undefined;
  const shown = blocking.slice(0, 10).map(describeFinding);
  const more = blocking.length > shown.length ? [`and ${blocking.length - shown.length} more`] : [];
  return new ActionError({
    what: `${blocking.length} ${blocking.length === 1 ? 'vulnerability is' : 'vulnerabilities are'} ${scanThreshold} or worse:\n${[...shown, ...more].map((each) => `  ${each}`).join('\n')}`,
    state: pushed(image),
    next: 'Update the packages or the base image; what cannot be mended yet goes into `ignore-vulnerabilities` with a reason and a day',
  });
}

const describeFinding = ({ id, severity, package: name, installed, fixed }: Finding): string =>
  `${severity} ${id} in ${name} ${installed}${fixed ? `, mended in ${fixed}` : ', not mended yet'}`;

/** An index is judged by the images of its platforms: those are what is scanned, and what runs. */
async function scannedImages(repository: ImageReference, digest: string, deps: Deps): Promise<string[]> {
  const stored = await deps.images.manifest(repository, digest);
  return stored?.manifest.kind === 'index'
    ? stored.manifest.images.map((image) => withDigest(repository, image.digest))
    : [withDigest(repository, digest)];
}

async function scan(
  inputs: Inputs,
  dockerfile: string,
  digest: string,
  deps: Deps,
): Promise<Partial<Report>> {
  const image = withDigest(inputs.repository, digest);
  const { clock, log, signal } = deps;
  const scanner = await deps.scanner();
  const found: Finding[] = [];
  for (const each of await scannedImages(inputs.repository, digest, deps)) {
    const onWait = (text: string) => log.info(text);
    found.push(
      ...(await waitForScan(each, scanner, { clock, timeoutMs: inputs.scanTimeoutMs, signal, onWait })),
    );
  }
  const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
  const assessment = assess(found, { threshold: inputs.scanThreshold, ignore: inputs.ignored, today });
  for (const { id, reason, expires } of assessment.expired) {
    log.warning(`${id} is not ignored any more: ${expires} is over (it was: ${reason})`);
  }
  for (const finding of assessment.findings) log.info(describeFinding(finding));
  const counts = SEVERITIES.filter((severity) => assessment.counts[severity] > 0);
  log.info(
    counts.length === 0
      ? 'No vulnerability was found that is not ignored'
      : counts.map((severity) => `${assessment.counts[severity]} ${severity}`).join(', '),
  );
  const sarif = join(deps.temp, `vulnerabilities-${digest.slice(7, 19)}.sarif`);
  writeFileSync(sarif, JSON.stringify(sarifOf(assessment.findings, image, dockerfile)));
  const failure = scanFailure(image, assessment, inputs);
  return { assessment, sarif, ...(failure ? { failure } : {}) };
}

function notAsked(image: string, cause: unknown): ActionError {
  return new ActionError({
    what: `Container Analysis could not be asked for the scan: ${describeError(cause)}`,
    state: pushed(image),
    next: 'Grant the deploying account roles/containeranalysis.occurrences.viewer on the project, and run the job again',
    cause,
  });
}

/** Looks at an image in the registry: its size, and its vulnerabilities where that is asked. */
export async function examine(
  inputs: Inputs,
  dockerfile: string,
  digest: string,
  deps: Deps,
): Promise<Report> {
  const image = withDigest(inputs.repository, digest);
  const report = await reportSize(inputs, digest, deps);
  if (report.failure) return report;
  if (inputs.scan === 'off') return report;
  try {
    return {
      ...report,
      ...(await deps.log.group('Wait for the scan', () => scan(inputs, dockerfile, digest, deps))),
    };
  } catch (error) {
    deps.signal.throwIfAborted();
    return { ...report, failure: error instanceof ActionError ? error : notAsked(image, error) };
  }
}
