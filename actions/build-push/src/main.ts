import { ActionError } from '@apex-actions/shared/action/errors';
import { labelsOfManifest } from '@apex-actions/shared/registry/images';
import { withDigest } from '@apex-actions/shared/registry/reference';
import type { Tag } from '@apex-actions/shared/registry/tags';
import { build, dockerfileOf } from './build.ts';
import type { Deps } from './deps.ts';
import { existingTags, taken } from './existing.ts';
import { FINGERPRINT, fingerprintOf } from './fingerprint.ts';
import { examine, type Report } from './gates.ts';
import { checkContext } from './hygiene.ts';
import type { BuildInputs, Inputs, PromoteInputs } from './inputs.ts';
import { chooseTags, nameOf, tagged } from './names.ts';
import { summaryOf } from './summary.ts';
import { giveTags } from './tagging.ts';

export type Outputs = {
  image: string | undefined;
  digest: string | undefined;
  tags: string;
  'size-bytes': number | undefined;
  vulnerabilities: string | undefined;
  sarif: string | undefined;
  pushed: 'true' | 'false';
};

/** With a `failure` the step fails after the outputs are set: the image is there, and must not be used. */
export type Result = { outputs: Outputs; summary: string; failure?: ActionError };

type Done = { headline: string; digest: string | undefined; names: readonly string[] };

function resultOf(inputs: Inputs, { headline, digest, names }: Done, report?: Report): Result {
  const image = digest && withDigest(inputs.repository, digest);
  const tags = names.map((name) => tagged(inputs.repository, { name }));
  const counts = report?.assessment?.counts;
  return {
    outputs: {
      image,
      digest,
      tags: tags.join('\n'),
      'size-bytes': report?.sizes[0]?.bytes,
      vulnerabilities: counts && JSON.stringify(counts),
      sarif: report?.sarif,
      pushed: digest === undefined ? 'false' : 'true',
    },
    summary: summaryOf({ headline, image, tags, report }),
    ...(report?.failure ? { failure: report.failure } : {}),
  };
}

/** The digest of the same build, when an earlier run of this commit has pushed it: nothing is built twice. */
async function builtBefore(
  inputs: BuildInputs,
  tags: readonly Tag[],
  deps: Deps,
): Promise<string | undefined> {
  const { repository } = inputs;
  const existing = await existingTags(deps.images, repository, tags);
  const [first] = existing;
  if (!first) return undefined;
  const wanted = fingerprintOf(inputs, deps.context.sha);
  for (const each of existing) {
    const found = (await labelsOfManifest(deps.images, repository, each.manifest))[FINGERPRINT];
    if (wanted === undefined || found !== wanted)
      throw taken(repository, each, 'built from another commit or with other settings');
    if (each.manifest.digest !== first.manifest.digest) {
      throw taken(repository, each, `while ${first.tag.name} is ${first.manifest.digest}`);
    }
  }
  const missing = tags.filter((tag) => !existing.some((each) => each.tag.name === tag.name));
  deps.log.notice(
    `${tagged(repository, first.tag)} was built before from this commit with these settings: ${first.manifest.digest}`,
  );
  await giveTags(
    repository,
    first.manifest,
    missing.map(({ name }) => name),
    deps,
  );
  return first.manifest.digest;
}

async function buildAndPush(inputs: BuildInputs, deps: Deps): Promise<Result> {
  const { repository, push, alias } = inputs;
  const tags = chooseTags(inputs, deps.context, deps.clock.nowMs());
  const names = tags.map(({ name }) => name);
  const dockerfile = dockerfileOf(inputs);
  checkContext(inputs.context, dockerfile, deps.log);
  const before = push ? await builtBefore(inputs, tags, deps) : undefined;
  const digest = before ?? (await build(inputs, tags, deps));
  const built = before === undefined;
  if (digest === undefined) {
    const idle = [...(inputs.scan === 'wait' ? ['scan'] : []), ...(inputs.maxBytes ? ['max-size'] : [])];
    const gates = idle.length > 0 ? `; ${idle.join(' and ')} did not look: they are for what is pushed` : '';
    deps.log.notice(
      `${nameOf(repository)} was built and not pushed (it would be ${names.join(', ')})${gates}`,
    );
    return resultOf(inputs, { headline: 'Built, not pushed', digest, names });
  }
  deps.log.info(`${built ? 'Pushed' : 'In the registry'}: ${withDigest(repository, digest)}`);
  const report = await examine(inputs, dockerfile, digest, deps);
  if (report.failure) {
    return resultOf(inputs, { headline: 'Pushed, but stopped at a gate', digest, names }, report);
  }
  await moveAlias(inputs, digest, deps);
  const headline = built ? 'Built and pushed' : 'Built before, nothing to do';
  return resultOf(inputs, { headline, digest, names: [...names, ...alias] }, report);
}

async function moveAlias({ repository, alias }: Inputs, digest: string, deps: Deps): Promise<void> {
  if (alias.length === 0) return;
  const manifest = await deps.images.manifest(repository, digest);
  if (!manifest) throw new Error(`${repository.registry} does not have ${digest} any more`);
  await giveTags(repository, manifest, alias, deps);
}

async function promote(inputs: PromoteInputs, deps: Deps): Promise<Result> {
  const { repository, digest, alias } = inputs;
  const tags = inputs.tags ? chooseTags(inputs, deps.context, deps.clock.nowMs()) : [];
  const names = tags.map(({ name }) => name);
  const existing = await existingTags(deps.images, repository, tags);
  const other = existing.find(({ manifest }) => manifest.digest !== digest);
  if (other) throw taken(repository, other, `not ${digest}`);
  const manifest = await deps.images.manifest(repository, digest);
  if (!manifest) {
    throw new ActionError({
      what: `${repository.registry} has no image ${withDigest(repository, digest)}`,
      state: 'No tag was moved',
      next: 'Give `from` the output `image` of the build; images that were cleaned up must be built again',
    });
  }
  const report = await examine(inputs, 'Dockerfile', digest, deps);
  if (report.failure) {
    return resultOf(inputs, { headline: 'Stopped at a gate', digest, names: [] }, report);
  }
  await giveTags(repository, manifest, [...names, ...alias], deps);
  const done = { headline: 'Promoted', digest, names: [...names, ...alias] };
  return resultOf(inputs, done, report);
}

/** Builds, or promotes what was built. Throws `ActionError` where nothing came of it. */
export function main(inputs: Inputs, deps: Deps): Promise<Result> {
  return inputs.kind === 'promote' ? promote(inputs, deps) : buildAndPush(inputs, deps);
}
