import { type GitHub, type GitHubOptions, startGitHub } from '@apex-actions/testkit/github';
import { onTestFinished } from 'vitest';
import { createStage, type Stage } from './stage.ts';

export const TOKEN = 'ghs_deploying0000000000000000000000000';
export const WITH_TOKEN = { 'github-token': TOKEN };
/** Of the testkit's job. */
export const SHA = '8f1c2ab64de0c7d75b3e91a05f4c6e0d2b9a7c11';
export const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/9876543210';

export type Setting = { stage: Stage; github: GitHub; env: Record<string, string>; first: string };

/** A service with users, unless there is to be none, and GitHub. */
export async function setting({
  serving = true,
  ...options
}: GitHubOptions & { serving?: boolean } = {}): Promise<Setting> {
  const github = await startGitHub({ token: TOKEN, ...options });
  onTestFinished(() => github.stop());
  const stage = await createStage();
  const first = serving ? await stage.create('v1') : '';
  if (serving) await stage.load();
  return { stage, github, env: { GITHUB_API_URL: github.url }, first };
}

/** As GitHub makes it before a job with an `environment` starts. */
export async function jobDeployment(
  { github }: Setting,
  environment = 'production',
  job = 77,
): Promise<number> {
  const base = `${github.url}/repos/octo-org/octo-repo/deployments`;
  const headers = { authorization: `token ${TOKEN}` };
  const send = (url: string, body: unknown) =>
    fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const made = (await (await send(base, { ref: SHA, environment })).json()) as { id: number };
  await send(`${base}/${made.id}/statuses`, { state: 'queued' });
  await send(`${base}/${made.id}/statuses`, { state: 'in_progress', log_url: `${RUN}/job/${job}` });
  return made.id;
}

/** Of the nth deployment, oldest first. */
export const statusesOf = ({ github }: Setting, nth = 0) =>
  github
    .repository()
    .deployments[nth]?.statuses.map(({ state, description }) => `${state}: ${description}`) ?? [];

export const last = <T>(items: readonly T[]): T | undefined => items.at(-1);
