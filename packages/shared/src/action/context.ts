type Env = Readonly<Record<string, string | undefined>>;

/** The run we are part of; absent on a machine that is not a runner. */
export type RunContext = {
  runId?: string;
  attempt?: number;
  job?: string;
  runUrl?: string;
  sha?: string;
  actor?: string;
};

/** From the variables that the runner sets for every step. */
export function readContext(env: Env): RunContext {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: runId } = env;
  const { GITHUB_RUN_ATTEMPT: attempt, GITHUB_JOB: job, GITHUB_SHA: sha, GITHUB_ACTOR: actor } = env;
  const runUrl = server && repository && runId ? `${server}/${repository}/actions/runs/${runId}` : undefined;
  return {
    ...(runId ? { runId } : {}),
    ...(attempt ? { attempt: Number(attempt) } : {}),
    ...(job ? { job } : {}),
    ...(runUrl ? { runUrl: attempt ? `${runUrl}/attempts/${attempt}` : runUrl } : {}),
    ...(sha ? { sha } : {}),
    ...(actor ? { actor } : {}),
  };
}
