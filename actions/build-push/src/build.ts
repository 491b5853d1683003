import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError } from '@apex-actions/shared/action/errors';
import { isDigest } from '@apex-actions/shared/registry/reference';
import { type Tag, toTag } from '@apex-actions/shared/registry/tags';
import { z } from 'zod';
import { explainBuild } from './build-error.ts';
import { isRemote } from './context.ts';
import type { Deps } from './deps.ts';
import { FINGERPRINT, fingerprintOf } from './fingerprint.ts';
import type { BuildInputs } from './inputs.ts';
import { tagged } from './names.ts';

const metadataSchema = z.object({ 'containerimage.digest': z.string().refine(isDigest) });

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md */
function standardLabels(context: RunContext, version: string, nowMs: number): Record<string, string> {
  const page = /^(https?:\/\/.+)\/actions\/runs\//.exec(context.runUrl ?? '')?.[1];
  return {
    ...(page ? { 'org.opencontainers.image.source': page } : {}),
    ...(context.sha ? { 'org.opencontainers.image.revision': context.sha } : {}),
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.created': new Date(nowMs).toISOString(),
  };
}

/** The Dockerfile's path, as this step sees it. */
export function dockerfileOf({ context, file }: BuildInputs): string {
  return file ?? (isRemote(context) ? 'Dockerfile' : join(context, 'Dockerfile'));
}

/** What other images and stages keep is kept beside it, not written over. */
function storeOf(kind: 'gha' | 'registry', { repository, target }: BuildInputs): string {
  const stage = target === undefined ? '' : `-${target}`;
  return kind === 'gha'
    ? `type=gha,scope=${toTag(`${repository.repository}${stage}`)}`
    : `type=registry,ref=${tagged(repository, { name: toTag(`buildcache${stage}`) })}`;
}

async function cacheOf(inputs: BuildInputs, deps: Deps): Promise<string[]> {
  const { cache, push } = inputs;
  const kind = cache ?? (deps.offersCache && (await deps.docker.driver()) !== 'docker' ? 'gha' : 'none');
  if (kind === 'none') return [];
  const store = storeOf(kind, inputs);
  // What is only tried must not write where others read.
  const writes = kind === 'gha' || push;
  return ['--cache-from', store, ...(writes ? ['--cache-to', `${store},mode=max,ignore-error=true`] : [])];
}

function failure(lines: readonly string[], inputs: BuildInputs): ActionError {
  const { message, line, output } = explainBuild(lines);
  const dockerfile = dockerfileOf(inputs);
  const place =
    line === undefined || isRemote(inputs.context) ? undefined : { file: dockerfile, startLine: line };
  const pushing = /\bfailed to push\b/.test(message);
  const where = line === undefined ? '' : ` at ${dockerfile}:${line}`;
  return new ActionError({
    what: `The build failed${where}: ${message}${output.length > 0 ? `\n${output.map((each) => `  ${each}`).join('\n')}` : ''}`,
    state: pushing
      ? 'Some tags of this build may have been pushed'
      : 'Nothing was pushed under the tags of this build',
    next: pushing
      ? 'Check that this job may write there: google-github-actions/auth with roles/artifactregistry.writer for Artifact Registry, docker/login-action for others'
      : 'Correct the Dockerfile or what it builds; the whole output is in the log above',
    ...(place ? { place } : {}),
  });
}

/** Builds with `docker buildx build`. Answers the digest of what was pushed, or nothing where it was only built. */
export async function build(
  inputs: BuildInputs,
  tags: readonly Tag[],
  deps: Deps,
): Promise<string | undefined> {
  const { context, repository, push } = inputs;
  const version = tags[0]?.name ?? '';
  const fingerprint = fingerprintOf(inputs, deps.context.sha);
  const labels = {
    ...standardLabels(deps.context, version, deps.clock.nowMs()),
    ...inputs.labels,
    ...(fingerprint === undefined ? {} : { [FINGERPRINT]: fingerprint }),
  };
  // Values of secrets reach docker through its environment: arguments can be read by every process.
  const ids = Object.keys(inputs.buildSecrets);
  const secrets = Object.fromEntries(ids.map((id, i) => [`BUILD_SECRET_${i + 1}`, inputs.buildSecrets[id]]));
  const folder = mkdtempSync(join(deps.temp, 'build-push-'));
  const metadata = join(folder, 'metadata.json');
  const args = [
    ...['buildx', 'build', '--progress', 'plain', '--metadata-file', metadata],
    ...['--platform', inputs.platforms.join(',')],
    ...(inputs.file ? ['--file', inputs.file] : []),
    ...(inputs.target ? ['--target', inputs.target] : []),
    ...Object.entries(inputs.buildArgs).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...ids.flatMap((id, i) => ['--secret', `id=${id},env=BUILD_SECRET_${i + 1}`]),
    ...(await cacheOf(inputs, deps)),
    ...(inputs.provenance ? [`--provenance=${provenanceOf(inputs.provenance)}`] : []),
    ...(inputs.sbom ? ['--sbom=true'] : []),
    ...(push ? ['--push'] : ['--output', 'type=cacheonly']),
    ...tags.flatMap((tag) => ['--tag', tagged(repository, tag)]),
    context,
  ];
  try {
    const { exitCode, lines } = await deps.log.group(`docker buildx build ${context}`, () =>
      deps.docker.run(args, secrets),
    );
    if (exitCode !== 0) throw failure(lines, inputs);
    if (!push) return undefined;
    return metadataSchema.parse(JSON.parse(readFileSync(metadata, 'utf8')))['containerimage.digest'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const provenanceOf = (given: string) => (given === 'min' || given === 'max' ? `mode=${given}` : given);
