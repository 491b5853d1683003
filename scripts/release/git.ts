import { spawnSync } from 'node:child_process';

/** What would point git at another repository than the one named here; hooks of git set some of them. */
const LOCATIONS = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_WORK_TREE',
];

/** Against settings of whoever runs this: no hook of theirs runs, nothing is signed, packed or asked for. */
const SETTINGS = [
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['push.gpgSign', 'false'],
].flatMap(([key, value]) => ['-c', `${key}=${value}`]);

export interface GitResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs git where a failure is an answer. */
export function tryGit(directory: string, args: readonly string[], input?: Buffer): GitResult {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_ALLOW_PROTOCOL: 'file:https:ssh',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
  for (const name of LOCATIONS) delete env[name];
  const { status, error, stdout, stderr } = spawnSync('git', [...SETTINGS, ...args], {
    cwd: directory,
    env,
    ...(input === undefined ? {} : { input }),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error !== undefined) throw new Error(`git ${args[0]} could not be run: ${error.message}`);
  return { ok: status === 0, stdout, stderr };
}

/** Runs git and returns what it printed. */
export function git(directory: string, args: readonly string[], input?: Buffer): string {
  const { ok, stdout, stderr } = tryGit(directory, args, input);
  if (!ok) throw new Error(`git ${args[0]} failed:\n${quoted(stderr)}`);
  return stdout;
}

/** A remote says part of this; with a prefix no line of it is a command to a runner. */
export function quoted(text: string): string {
  return text
    .trim()
    .split(/[\r\n]+/)
    .map((line) => `  git | ${line.replaceAll('##[', '## [')}`)
    .join('\n');
}
