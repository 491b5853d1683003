import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { all } from './workflow-files.ts';

export type ScriptResult = {
  code: number | null;
  log: string;
  outputs: Record<string, string>;
  summary: string;
  /** What the stubs were called with, one line each. */
  calls: string[];
  temp: string;
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'script-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The script of a step, as it stands in a workflow. */
export function scriptOf(file: string, job: string, step: string): string {
  const steps = all.find(({ title }) => title === file)?.workflow.jobs[job]?.steps;
  const found = steps?.find(({ id, name }) => id === step || name === step)?.run;
  if (!found) throw new Error(`${file} has no script ${job}/${step}`);
  return found;
}

/**
 * Runs it as the runner does on Linux. `stubs` are scripts in place of programs; each call is noted before its stub runs.
 */
export function runScript(
  script: string,
  env: Record<string, string>,
  { stubs = {}, cwd }: { stubs?: Record<string, string>; cwd?: string } = {},
): ScriptResult {
  const temp = temporaryFolder();
  const bin = join(temp, 'bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(stubs)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >>"$CALLS"\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const file = (name: string) => join(temp, name);
  writeFileSync(file('script.sh'), script);
  const { status, stdout, stderr } = spawnSync('bash', ['-e', file('script.sh')], {
    cwd: cwd ?? temp,
    encoding: 'utf8',
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: temp,
      CALLS: file('calls'),
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: file('outputs'),
      GITHUB_STEP_SUMMARY: file('summary'),
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'octo-org/shop',
      GITHUB_RUN_ID: '123',
      GITHUB_ACTOR: 'octocat',
      ...env,
    },
  });
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  const lines = (name: string) => read(name).split('\n').filter(Boolean);
  return {
    code: status,
    log: stdout + stderr,
    outputs: Object.fromEntries(
      lines('outputs').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    summary: read('summary'),
    calls: lines('calls'),
    temp,
  };
}
