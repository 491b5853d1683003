import type { Announcer } from '@apex-actions/shared/github/announcer';
import type { Inputs } from './inputs.ts';
import type { Result } from './report.ts';

/** Tells GitHub that users were moved; where nobody was, there is nothing to tell. */
export async function announceMove(
  announcer: Announcer | undefined,
  { reason = '' }: Pick<Inputs, 'reason'>,
  { outputs, moved, summary, failure }: Result,
): Promise<void> {
  if (!moved) return;
  await announcer?.movedBack({
    revision: outputs['from-revision'],
    to: outputs['to-revision'],
    image: moved.left.image,
    url: outputs.url,
    // What is deployed is the commit that users are back on, and whose pull request is told the one they have left.
    ref: moved.taken.commit,
    releasedSha: moved.left.commit,
    healthy: failure === undefined,
    reason,
    summary,
  });
}
