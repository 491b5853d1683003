import { InputReader } from '@apex-actions/shared/action/inputs';
import { parseSize } from '@apex-actions/shared/action/size';
import type { Ignored } from '@apex-actions/shared/registry/findings';
import { type ImageReference, parseImageReference } from '@apex-actions/shared/registry/reference';
import type { Severity } from '@apex-actions/shared/registry/severity';
import { isTag, isVersion, templateProblem } from '@apex-actions/shared/registry/tags';
import { parseIgnored } from './ignored.ts';

type Env = Readonly<Record<string, string | undefined>>;

export type Gates = {
  scan: 'wait' | 'off';
  scanThreshold: Severity;
  scanTimeoutMs: number;
  ignored: readonly Ignored[];
  maxBytes: number | undefined;
  service: string | undefined;
  region: string | undefined;
  projectId: string | undefined;
};

export type Naming = {
  /** The repository, without tag or digest. */
  repository: ImageReference;
  /** Templates; absent where the event decides. */
  tags: readonly string[] | undefined;
  alias: readonly string[];
};

export type BuildInputs = Naming &
  Gates & {
    kind: 'build';
    context: string;
    file: string | undefined;
    target: string | undefined;
    platforms: readonly string[];
    buildArgs: Readonly<Record<string, string>>;
    buildSecrets: Readonly<Record<string, string>>;
    labels: Readonly<Record<string, string>>;
    push: boolean;
    cache: 'gha' | 'registry' | 'none' | undefined;
    provenance: string | undefined;
    sbom: boolean;
  };

export type PromoteInputs = Naming & Gates & { kind: 'promote'; digest: string };

export type Inputs = BuildInputs | PromoteInputs;

const REPOSITORY = 'a repository without tag, such as `europe-west1-docker.pkg.dev/my-project/shop/api`';

/** Events on which an image is only tried. */
const TRIALS = /^(pull_request|pull_request_target|merge_group)$/;

function readRepository(reader: InputReader, from: ImageReference | undefined): ImageReference | undefined {
  const text = reader.text('image') ?? (from && `${from.registry}/${from.repository}`);
  if (text === undefined) {
    reader.requiredText('image');
    return undefined;
  }
  const image = parseImageReference(text);
  if (!image || image.tag || image.digest) reader.problem('image', text, REPOSITORY);
  if (image && from && (image.registry !== from.registry || image.repository !== from.repository)) {
    reader.problem('image', text, 'the repository of `from`: a tag and its image are in one repository');
  }
  return image;
}

function readFrom(reader: InputReader): ImageReference | undefined {
  const text = reader.text('from');
  const from = text === undefined ? undefined : parseImageReference(text);
  if (text !== undefined && !from?.digest) reader.problem('from', text, '`repository@sha256:…`');
  return from;
}

function readIgnored(reader: InputReader): Ignored[] {
  const text = reader.multiline('ignore-vulnerabilities');
  if (text === undefined) return [];
  const parsed = parseIgnored(text);
  if ('problem' in parsed) {
    reader.problem(
      'ignore-vulnerabilities',
      parsed.problem,
      'a YAML list of entries such as `{id: CVE-2026-1234, reason: not reachable, expires: 2026-12-31}`',
    );
    return [];
  }
  return parsed.ignored;
}

function readNaming(reader: InputReader): Omit<Naming, 'repository'> {
  const tags = reader.list('tags');
  for (const template of tags ?? []) {
    const problem = templateProblem(template);
    if (problem) {
      reader.problem('tags', template, `tags such as \`{branch}-{sha7}\` or \`v{version}\` (${problem})`);
    }
  }
  const alias = reader.list('alias') ?? [];
  for (const name of alias) {
    if (!isTag(name)) reader.problem('alias', name, 'tags such as `production-latest`');
    if (isVersion(name))
      reader.problem('alias', name, 'a name that may move; a version never does, it belongs in `tags`');
  }
  return { tags, alias };
}

function readGates(reader: InputReader): Gates {
  const size = reader.text('max-size');
  const maxBytes = size === undefined ? undefined : parseSize(size);
  if (size !== undefined && !maxBytes) reader.problem('max-size', size, 'a size such as `500MB` or `400MiB`');
  const gates: Gates = {
    scan: reader.oneOf('scan', ['wait', 'off']) ?? 'off',
    scanThreshold: reader.oneOf('scan-threshold', ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW']) ?? 'CRITICAL',
    scanTimeoutMs: reader.duration('scan-timeout', { min: 1000 }) ?? 600_000,
    ignored: readIgnored(reader),
    maxBytes,
    service: reader.text('service'),
    region: reader.text('region'),
    projectId: reader.text('project-id'),
  };
  if (gates.service && !gates.region) reader.problem('region', '', 'the region of `service`');
  return gates;
}

type BuildSettings = Omit<BuildInputs, 'kind' | keyof Naming | keyof Gates>;

/** What is at its default in `action.yml` may stand beside `from`: it cannot be told from what was not given. */
const DEFAULTS = { context: '.', platforms: ['linux/amd64'], sbom: false };

function readBuild(reader: InputReader, env: Env, idle: boolean): BuildSettings {
  const given = {
    context: reader.text('context'),
    file: reader.text('file'),
    target: reader.text('target'),
    platforms: reader.list('platforms'),
    'build-args': reader.lines('build-args'),
    'build-secrets': reader.lines('build-secrets'),
    labels: reader.lines('labels'),
    push: reader.boolean('push'),
    cache: reader.oneOf('cache', ['gha', 'registry', 'none']),
    provenance: reader.oneOf('provenance', ['true', 'false', 'min', 'max']),
    sbom: reader.boolean('sbom'),
  };
  const usual: Readonly<Record<string, unknown>> = DEFAULTS;
  for (const [name, value] of Object.entries(given)) {
    if (idle && value !== undefined && String(value) !== String(usual[name])) {
      reader.reject(name, 'has no effect beside `from`, with which nothing is built');
    }
  }
  const { 'build-args': buildArgs = {}, 'build-secrets': buildSecrets = {}, labels = {}, ...rest } = given;
  for (const platform of given.platforms ?? []) {
    if (!/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/.test(platform)) {
      reader.problem('platforms', platform, 'platforms such as `linux/amd64,linux/arm64`');
    }
  }
  // Not shown: what stands in the place of an id may be a further line of a secret.
  if (Object.keys(buildSecrets).some((id) => !/^[\w.-]+$/.test(id))) {
    reader.reject('build-secrets', 'has an id that is none; accepted: letters, digits, `_`, `.` and `-`');
  }
  return {
    ...rest,
    buildArgs,
    buildSecrets,
    labels,
    context: given.context ?? DEFAULTS.context,
    platforms: given.platforms ?? DEFAULTS.platforms,
    push: given.push ?? !TRIALS.test(env.GITHUB_EVENT_NAME ?? ''),
    sbom: given.sbom ?? DEFAULTS.sbom,
  };
}

/** Every input, parsed to its real type. All problems come in one error. */
export function readInputs(env: Env): Inputs {
  const reader = new InputReader(env);
  const from = readFrom(reader);
  const repository = readRepository(reader, from);
  const naming = readNaming(reader);
  const gates = readGates(reader);
  const build = readBuild(reader, env, from !== undefined);
  if (from && !naming.tags && naming.alias.length === 0) {
    reader.problem('tags', '', '`tags` or `alias` beside `from`');
  }
  reader.finish();
  if (!repository) throw new Error('the inputs were not checked');
  return from?.digest
    ? { kind: 'promote', repository, ...naming, ...gates, digest: from.digest }
    : { kind: 'build', repository, ...naming, ...gates, ...build };
}
