type Env = Readonly<Record<string, string | undefined>>;

/** The run we are part of. All is absent on a machine that is not a runner. */
export type RunContext = {
  runId?: string;
  /** Counts from 1; re-running a job keeps the run's id. */
  attempt?: number;
  /** The page of this very attempt. */
  runUrl?: string;
  repository?: string;
  sha?: string;
  ref?: string;
  actor?: string;
  workflow?: string;
  job?: string;
  eventName?: string;
};

/** Which attempt of which job something belongs to. */
export type Attempt = { runId?: string | undefined; job?: string | undefined; attempt?: number | undefined };

/** An earlier attempt of the very job that asks is over: the runner starts a later one only then. */
export function isEarlierAttempt(of: Attempt, claimant: RunContext): boolean {
  const sameJob = of.runId !== undefined && of.runId === claimant.runId && of.job === claimant.job;
  return sameJob && (of.attempt ?? 0) < (claimant.attempt ?? 0);
}

/** From the variables that the runner sets for every step. */
export function readContext(env: Env): RunContext {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: runId } = env;
  const attempt = Number(env.GITHUB_RUN_ATTEMPT || 1);
  const texts = {
    repository,
    sha: env.GITHUB_SHA,
    ref: env.GITHUB_REF,
    actor: env.GITHUB_ACTOR,
    workflow: env.GITHUB_WORKFLOW,
    job: env.GITHUB_JOB,
    eventName: env.GITHUB_EVENT_NAME,
  };
  const url = `${server}/${repository}/actions/runs/${runId}/attempts/${attempt}`;
  return {
    ...(runId ? { runId, attempt } : {}),
    ...(server && repository && runId ? { runUrl: url } : {}),
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text)),
  };
}
