import { parse as parseVersion, valid as validVersion } from 'semver';

/** What a tag can be made of: the event that started the workflow, and the commit that it runs on. */
export type TagSource = {
  /** `push`, `pull_request`, `schedule`, … */
  event: string;
  /** `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`. */
  ref: string;
  sha: string;
  /** `YYYYMMDD` in UTC. */
  date: string;
};

/** A tag that is never to name another image, or one that moves. */
export type Tag = { name: string; immutable: boolean };

/** The tag grammar of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests. */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const MAX_TAG = 128;

export const isTag = (text: string): boolean => TAG.test(text);

/** Text as a part of a tag: what a registry does not accept becomes a dash. */
function sanitize(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, '-').replace(/^[.-]+|-+$/g, '');
}

/** Text as a whole tag. */
export const toTag = (text: string): string => sanitize(text).slice(0, MAX_TAG) || 'x';

const after = (ref: string, prefix: string): string | undefined =>
  ref.startsWith(prefix) ? ref.slice(prefix.length) : undefined;

export const PLACEHOLDERS = [
  'branch',
  'tag',
  'version',
  'major',
  'minor',
  'pr',
  'sha',
  'sha7',
  'date',
] as const;
type Placeholder = (typeof PLACEHOLDERS)[number];
type Values = Partial<Record<Placeholder, string>>;

/** The values that the event has. Pre-releases have no `major` and `minor`: a tag that moves must not move to one. */
function valuesOf({ ref, sha, date }: TagSource): Values {
  const branch = after(ref, 'refs/heads/');
  const tag = after(ref, 'refs/tags/');
  const version = tag === undefined ? null : parseVersion(tag);
  const released = version !== null && version.prerelease.length === 0;
  const pr = /^refs\/pull\/(\d+)\//.exec(ref)?.[1];
  return {
    sha,
    sha7: sha.slice(0, 7),
    date,
    ...(branch === undefined ? {} : { branch: sanitize(branch) || 'branch' }),
    ...(tag === undefined ? {} : { tag: sanitize(tag) || 'tag' }),
    ...(version ? { version: version.version } : {}),
    ...(released ? { major: `${version.major}`, minor: `${version.major}.${version.minor}` } : {}),
    ...(pr === undefined ? {} : { pr }),
  };
}

const PLACEHOLDER = /\{(\w+)\}/g;

/** What is wrong with a template, or `undefined`. */
export function templateProblem(template: string): string | undefined {
  const names: readonly string[] = PLACEHOLDERS;
  const unknown = [...template.matchAll(PLACEHOLDER)].find(([, name = '']) => !names.includes(name));
  if (unknown) return `there is no ${unknown[0]}`;
  const rendered = template.replace(PLACEHOLDER, 'x');
  return isTag(rendered) ? undefined : 'a tag has letters, digits, `_`, `.` and `-` only';
}

/** The tag of a template, or `undefined` where the event lacks one of its values. Too long a branch or tag is cut. */
function render(template: string, values: Values): string | undefined {
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name as Placeholder);
  if (names.some((name) => values[name] === undefined)) return undefined;
  const fill = (cut: number) =>
    template.replace(PLACEHOLDER, (_, name: Placeholder) => {
      const value = values[name] ?? '';
      return name === 'branch' || name === 'tag' ? value.slice(0, Math.max(1, value.length - cut)) : value;
    });
  return fill(Math.max(0, fill(0).length - MAX_TAG));
}

/** A whole version, such as `v1.2.3`: a tag of that name never moves. */
export const isVersion = (name: string): boolean => validVersion(name) !== null;

/** Named after a commit or a whole version, a tag says what is in the image; all others say where it stands. */
function isImmutable(template: string, name: string): boolean {
  return /\{(sha|sha7|version)\}/.test(template) || isVersion(name);
}

function defaultTemplate({ event, ref }: TagSource): string {
  if (ref.startsWith('refs/pull/')) return 'pr-{pr}';
  if (ref.startsWith('refs/tags/')) return '{tag}';
  // A nightly build is there to build the same commit again, on what the base image is by now.
  return event === 'schedule' ? '{branch}-{sha7}-{date}' : '{branch}-{sha7}';
}

/** The tags of a build, each once; templates whose values the event does not have are left out. */
export function tagsOf(source: TagSource, templates?: readonly string[]): Tag[] {
  const values = valuesOf(source);
  const tags = new Map<string, Tag>();
  for (const template of templates ?? [defaultTemplate(source)]) {
    const name = render(template, values);
    if (name !== undefined) tags.set(name, { name, immutable: isImmutable(template, name) });
  }
  return [...tags.values()];
}
