import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionYml } from './action-yml.ts';
import { atExit } from './at-exit.ts';
import type { CommandFiles } from './files.ts';

/** What `github.token` is in a default of action.yml; masked from the start, as the runner masks the real one. */
export const GITHUB_TOKEN = 'ghs_000000000000000000000000000000000000';

/** The folders of one job, all new. `home` is empty, so no credentials of the machine are found. */
export interface JobDirectories {
  readonly root: string;
  readonly workspace: string;
  readonly temp: string;
  readonly home: string;
}

export function createJobDirectories(): JobDirectories {
  const root = mkdtempSync(join(tmpdir(), 'runner-'));
  atExit(() => rmSync(root, { recursive: true, force: true }));
  const create = (name: string): string => {
    const directory = join(root, name);
    mkdirSync(directory);
    return directory;
  };
  return { root, workspace: create('workspace'), temp: create('temp'), home: create('home') };
}

/** The variables of a job: those of a push to main on a hosted Linux runner, then the caller's. */
export function jobEnvironment(
  directories: JobDirectories,
  overrides: Readonly<Record<string, string>>,
): Record<string, string> {
  const sha = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
  const eventPath = join(directories.temp, 'event.json');
  const event = {
    ref: 'refs/heads/main',
    after: sha,
    repository: { full_name: 'octo-org/octo-repo', default_branch: 'main' },
    head_commit: { id: sha, message: 'Add a feature' },
    sender: { login: 'octocat' },
  };
  writeFileSync(eventPath, JSON.stringify(event));
  return {
    PATH: process.env.PATH ?? '',
    HOME: directories.home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__apex_action',
    GITHUB_ACTOR: 'octocat',
    GITHUB_ACTOR_ID: '583231',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_BASE_REF: '',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
    GITHUB_HEAD_REF: '',
    GITHUB_JOB: 'deploy',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_PROTECTED: 'true',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'octo-org/octo-repo',
    GITHUB_REPOSITORY_ID: '1296269',
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_REPOSITORY_OWNER_ID: '6811672',
    GITHUB_RETENTION_DAYS: '90',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '9876543210',
    GITHUB_RUN_NUMBER: '42',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: 'octocat',
    GITHUB_WORKFLOW: 'Deploy',
    GITHUB_WORKFLOW_REF: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: directories.workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'GitHub Actions 1',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: directories.temp,
    RUNNER_TOOL_CACHE: join(directories.root, 'tools'),
    ...overrides,
  };
}

export function fileVariables(files: CommandFiles): Record<string, string> {
  return {
    GITHUB_ENV: files.env,
    GITHUB_OUTPUT: files.output,
    GITHUB_PATH: files.path,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
  };
}

/**
 * `INPUT_<NAME>` for every declared input (given, else default, else empty) and for the given ones that
 * are not declared, which the runner passes on too. Names are compared without case.
 */
export function inputVariables(
  action: ActionYml,
  given: Readonly<Record<string, string>>,
  job: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const input of action.inputs) {
    variables[inputVariable(input.name)] = evaluateDefault(input.default ?? '', job);
  }
  for (const [name, value] of Object.entries(given)) variables[inputVariable(name)] = value;
  return variables;
}

/** The runner's own warning about inputs that action.yml does not declare. */
export function unexpectedInputs(
  action: ActionYml,
  given: Readonly<Record<string, string>>,
): string | undefined {
  const declared = new Set(action.inputs.map(({ name }) => inputVariable(name)));
  const unexpected = Object.keys(given).filter((name) => !declared.has(inputVariable(name)));
  if (unexpected.length === 0) return undefined;
  const valid = action.inputs.map(({ name }) => `'${name}'`).join(', ');
  return `Unexpected input(s) ${unexpected.map((name) => `'${name}'`).join(', ')}, valid inputs are [${valid}]`;
}

function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Defaults may use the `github` context; anything beyond `github.<name>` is refused rather than guessed. */
function evaluateDefault(text: string, job: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/g, (whole, expression: string) => {
    const name = /^\s*github\.(\w+)\s*$/.exec(expression)?.[1];
    const value = name === 'token' ? GITHUB_TOKEN : job[`GITHUB_${name?.toUpperCase()}`];
    if (value === undefined) throw new Error(`Cannot evaluate the default ${whole}`);
    return value;
  });
}
