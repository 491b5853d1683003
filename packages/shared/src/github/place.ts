import { readFileSync } from 'node:fs';
import { isLoopback } from '../registry/loopback.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where on GitHub this run is, and what it is for. */
export type Place = {
  /** Without a slash at its end. */
  apiUrl: string;
  owner: string;
  repo: string;
  runId: string;
  /** The page of this attempt. */
  runUrl: string;
  /** Of the run, or of the pull request it was started for: Actions makes deployments for either. */
  shas: readonly string[];
  /** The pull request that started this run. */
  pull: number | undefined;
};

type PullEvent = { number: number; headSha: string };

/** Of events named `pull_request…`, from the file in which the runner keeps the event. */
function pullOf({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path }: Env): PullEvent | undefined {
  if (!name?.startsWith('pull_request') || !path) return undefined;
  try {
    const { pull_request: pull } = JSON.parse(readFileSync(path, 'utf8'));
    return { number: Number(pull.number), headSha: String(pull.head.sha) };
  } catch {
    return undefined;
  }
}

/** GitHub's API is asked over https; plain http is for one on this machine, as tests have it. */
function safeUrl(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  const safe = protocol === 'https:' || (protocol === 'http:' && isLoopback(host));
  return safe ? url.replace(/\/+$/, '') : undefined;
}

/** From the variables that the runner sets; `undefined` outside of a run, or where the API cannot be asked safely. */
export function readPlace(env: Env): Place | undefined {
  const { GITHUB_REPOSITORY = '', GITHUB_RUN_ID: runId, GITHUB_SERVER_URL, GITHUB_SHA: sha } = env;
  const [owner, repo] = GITHUB_REPOSITORY.split('/');
  const apiUrl = safeUrl(env.GITHUB_API_URL);
  if (!apiUrl || !owner || !repo || !runId || !sha) return undefined;
  const pull = pullOf(env);
  const run = `${GITHUB_SERVER_URL}/${owner}/${repo}/actions/runs/${runId}`;
  return {
    apiUrl,
    owner,
    repo,
    runId,
    runUrl: `${run}/attempts/${env.GITHUB_RUN_ATTEMPT || 1}`,
    shas: pull && pull.headSha !== sha ? [sha, pull.headSha] : [sha],
    pull: pull?.number,
  };
}
