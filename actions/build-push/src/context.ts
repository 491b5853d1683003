import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import dockerignore from '@balena/dockerignore';

/** A context that docker itself fetches, not a folder. */
export const isRemote = (context: string): boolean => /^(https?:\/\/|git:\/\/|git@|ssh:\/\/)/.test(context);

/** What in a build context should not be there. Paths are relative to the context. */
export type ContextFindings = {
  /** Keys and passwords that last. */
  credentials: string[];
  /** What google-github-actions/auth leaves in the workspace: good for this job only. */
  passing: string[];
  /** Large or private things that nobody leaves out, when there is no .dockerignore. */
  unignored: string[];
};

/** Packages bring test keys of their own, and nobody's secrets. */
const FOREIGN = new Set(['node_modules', '.git', 'site-packages', 'vendor']);
const MAX_READ_BYTES = 64 * 1024;

/** BuildKit prefers the ignore file of the Dockerfile (https://docs.docker.com/build/concepts/context/#filename-and-location). */
function readIgnore(context: string, dockerfile: string): string | undefined {
  for (const path of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  return undefined;
}

function isPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
}

/** Google's credential files, by their `type`: https://google.aip.dev/auth/4110 */
function kindOfJson(text: string): 'credential' | 'passing' | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
    if (type === 'service_account' || type === 'authorized_user') return 'credential';
    return type === 'external_account' ? 'passing' : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(path: string): 'credential' | 'passing' | undefined {
  const name = basename(path);
  const json = name.endsWith('.json');
  if (!json && !/\.(pem|key|p8)$|^id_(rsa|dsa|ecdsa|ed25519)$/.test(name)) return undefined;
  if (statSync(path).size > MAX_READ_BYTES) return undefined;
  const text = readFileSync(path, 'utf8');
  if (json) return kindOfJson(text);
  return isPrivateKey(text) ? 'credential' : undefined;
}

/** Looks through what docker would send. Follows no links, as docker follows none. */
export function inspectContext(context: string, dockerfile: string): ContextFindings {
  const rules = readIgnore(context, dockerfile);
  const ignore = dockerignore.default().add(rules ?? '');
  const exceptions = /^\s*!/m.test(rules ?? '');
  const found: ContextFindings = { credentials: [], passing: [], unignored: [] };
  const visit = (directory: string) => {
    for (const entry of readdirSync(join(context, directory), { withFileTypes: true })) {
      const path = directory ? `${directory}/${entry.name}` : entry.name;
      const ignored = ignore.ignores(path);
      if (rules === undefined && directory === '' && isUnwanted(join(context, path), entry.name)) {
        found.unignored.push(path);
      }
      if (entry.isDirectory() && !FOREIGN.has(entry.name) && (!ignored || exceptions)) visit(path);
      if (!entry.isFile() || ignored) continue;
      const kind = kindOf(join(context, path));
      if (kind === 'credential') found.credentials.push(path);
      if (kind === 'passing') found.passing.push(path);
    }
  };
  visit('');
  return found;
}

/** Git's history, files of environment variables, Python's virtual environments, installed packages. */
function isUnwanted(path: string, name: string): boolean {
  if (name === '.git' || name === 'node_modules' || /^\.env(\.(?!example$|sample$|template$).+)?$/.test(name))
    return true;
  return existsSync(join(path, 'pyvenv.cfg'));
}
