import { describeError } from '../action/errors.ts';

/** What was to be told, and the permission of the job that it takes. */
export type Subject = 'deployment' | 'comment' | 'issue';

const SUBJECTS: Readonly<Record<Subject, { what: string; permission: string }>> = {
  deployment: { what: 'The deployment status', permission: 'deployments: write' },
  comment: { what: 'The comment on the pull request', permission: 'pull-requests: write' },
  issue: { what: 'The issue about the rollback', permission: 'issues: write' },
};

/** An error of Octokit's; a request without an answer has the status 500 and a cause. */
type HttpError = Error & {
  status: number;
  response?: { headers: Readonly<Record<string, string | number | undefined>> } | undefined;
};

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

const MINUTE_MS = 60_000;

/**
 * Until when GitHub wants to hear nothing, in epoch milliseconds; `undefined` where that is not the trouble.
 * https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
 */
export function quietUntilMs(error: unknown, nowMs: number): number | undefined {
  if (!isHttpError(error) || (error.status !== 429 && error.status !== 403)) return undefined;
  const { headers = {} } = error.response ?? {};
  const after = headers['retry-after'];
  if (after !== undefined) return nowMs + (Number(after) * 1000 || MINUTE_MS);
  if (headers['x-ratelimit-remaining'] === '0') {
    return Math.max(nowMs, Number(headers['x-ratelimit-reset']) * 1000 || nowMs + MINUTE_MS);
  }
  return error.status === 429 || /rate limit/i.test(error.message) ? nowMs + MINUTE_MS : undefined;
}

/** Worth another attempt soon: a server's trouble, or no answer. Not a limit, which says itself when. */
export function isPassing(error: unknown): boolean {
  return isHttpError(error) && (error.status >= 500 || error.status === 408);
}

/** Never to be tried again in this run: a missing permission, a wrong token, something that GitHub does not accept. */
export function isFinal(error: unknown, nowMs: number): boolean {
  return isHttpError(error) && !isPassing(error) && quietUntilMs(error, nowMs) === undefined;
}

/** One sentence for people, with what to do. */
export function describeFailure(subject: Subject, error: unknown, nowMs: number): string {
  const { what, permission } = SUBJECTS[subject];
  const failed = `${what} could not be sent to GitHub, which changes nothing about the rollout`;
  if (quietUntilMs(error, nowMs) !== undefined) return `${failed}: GitHub limits the requests of this token`;
  if (!isHttpError(error)) return `${failed}: ${describeError(error)}`;
  if (error.status === 401) {
    return `${failed}: GitHub does not accept the token. Give \`github-token: \${{ github.token }}\``;
  }
  // Of what a token may not see GitHub says that it is not there.
  if (error.status === 403 || error.status === 404) {
    return `${failed}: GitHub answered ${error.status} (${describeError(error)}). Add \`${permission}\` to the job's \`permissions\``;
  }
  return `${failed}: ${describeError(error)}`;
}
