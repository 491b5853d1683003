import type { Clock } from '../action/clock.ts';
import type { Log } from '../action/log.ts';
import type { ServiceId } from '../cloudrun/resources.ts';
import { type Announcer, GitHubAnnouncer, type GitHubInputs } from './announcer.ts';
import { readPlace } from './place.ts';

/** Who tells GitHub, where there is a token for it. What talks to GitHub is loaded when there is something to say. */
export function createAnnouncer(
  inputs: GitHubInputs | undefined,
  id: ServiceId,
  {
    env,
    clock,
    log,
    signal,
  }: { env: Readonly<Record<string, string | undefined>>; clock: Clock; log: Log; signal: AbortSignal },
): Announcer | undefined {
  if (!inputs) return undefined;
  const place = readPlace(env);
  if (!place) {
    log.warning(
      'GitHub is told nothing: the variables GITHUB_API_URL (https), GITHUB_REPOSITORY, GITHUB_RUN_ID and GITHUB_SHA do not say where',
    );
    return undefined;
  }
  const connect = async (stop: AbortSignal) => {
    const { createGitHubClient } = await import('./client.ts');
    return createGitHubClient(inputs.token, place, stop);
  };
  return new GitHubAnnouncer({ inputs, place, id, clock, log, signal, connect });
}
