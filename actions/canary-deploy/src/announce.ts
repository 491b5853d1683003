import type { Announcer } from '@apex-actions/shared/github/announcer';
import type { Repaired } from './post.ts';
import type { Result } from './result.ts';

/** Tells GitHub how the step ended. A dry run, and a deploy that found nothing to do, are no news. */
export async function announceEnd(announcer: Announcer | undefined, result: Result): Promise<void> {
  const { outputs, report, summary = '', failure, first } = result;
  if (report) {
    const { ending, steps, canary: revision, image } = report;
    const { outcome, reason } = ending;
    await announcer?.finished({ outcome, reason, steps, summary, revision, image, url: outputs.url });
    return;
  }
  if (!first) return;
  const { revision, url } = outputs;
  const reason = failure ? failure.message : `${revision} serves all users of the new service`;
  const outcome = failure ? 'aborted' : 'promoted';
  await announcer?.finished({ outcome, reason, steps: [], summary, revision, image: first.image, url });
}

/** After a main step that was killed: what it said last is not how it ended. */
export async function announceRepair(
  announcer: Announcer | undefined,
  repaired: Repaired | undefined,
): Promise<void> {
  if (repaired) await announcer?.finished({ ...repaired, steps: [], summary: '', url: '' });
}
