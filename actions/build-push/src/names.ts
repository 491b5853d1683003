import type { RunContext } from '@apex-actions/shared/action/context';
import { ActionError } from '@apex-actions/shared/action/errors';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import { type Tag, tagsOf } from '@apex-actions/shared/registry/tags';
import type { Naming } from './inputs.ts';

export const nameOf = ({ registry, repository }: ImageReference): string => `${registry}/${repository}`;

export const tagged = (repository: ImageReference, { name }: Pick<Tag, 'name'>): string =>
  `${nameOf(repository)}:${name}`;

/** The tags that this event gives the image. */
export function chooseTags({ tags }: Naming, context: RunContext, nowMs: number): Tag[] {
  const { eventName: event = '', ref = '', sha = '' } = context;
  const date = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  const chosen = tagsOf({ event, ref, sha, date }, tags);
  if (chosen.length > 0) return chosen;
  throw new ActionError({
    what: `No tag is left: the event ${event || 'of this run'} on ${ref || 'no ref'} has no value for ${tags ? `any of ${tags.join(', ')}` : 'the default tags'}`,
    state: 'Nothing was built or pushed',
    next: 'Add a tag that this event has, such as `{sha7}`, to `tags`',
  });
}
