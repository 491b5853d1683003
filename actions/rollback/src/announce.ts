import type { Announcer } from '@apex-actions/shared/github/announcer';
import type { Deps } from './deps.ts';
import type { Inputs } from './inputs.ts';
import { marksOf, type Result } from './report.ts';

/** Tells GitHub that users were moved; where nobody was, there is nothing to tell. */
export async function announceMove(
  announcer: Announcer | undefined,
  { reason = '' }: Pick<Inputs, 'reason'>,
  { outputs, left, summary, failure }: Result,
  port: Pick<Deps['port'], 'revision'>,
): Promise<void> {
  if (!announcer || !left) return;
  const taken = marksOf(await port.revision(outputs['to-revision']).catch(() => undefined));
  await announcer.movedBack({
    revision: outputs['from-revision'],
    to: outputs['to-revision'],
    image: left.image,
    url: outputs.url,
    // What is deployed is the commit that users are back on, and whose pull request is told the one they have left.
    ref: taken.commit,
    releasedSha: left.commit,
    healthy: failure === undefined,
    reason,
    summary,
  });
}
