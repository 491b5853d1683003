import type { Log } from '@apex-actions/shared/action/log';
import type { ServicePort } from '@apex-actions/shared/cloudrun/services';
import type { Begun } from './begun.ts';
import { removeTag } from './check.ts';

/** Takes away the tags of a check that was killed. Users are not touched: a rollback moves them in one update, or not. */
export async function post({ tags }: Begun, port: ServicePort, log: Log): Promise<void> {
  for (const { tag, revision } of tags) {
    await removeTag(port, tag, revision);
    log.info(`The tag "${tag}" of the check points at ${revision} no more`);
  }
}
