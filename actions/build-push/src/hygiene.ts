import { ActionError, describeError } from '@apex-actions/shared/action/errors';
import type { Log } from '@apex-actions/shared/action/log';
import { type ContextFindings, inspectContext, isRemote } from './context.ts';

const MAX_NAMED = 5;

function named(paths: readonly string[]): string {
  const more = paths.length - MAX_NAMED;
  return `${paths.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function inspect(context: string, dockerfile: string): ContextFindings {
  try {
    return inspectContext(context, dockerfile);
  } catch (cause) {
    throw new ActionError({
      what: `The context ${context} cannot be read: ${describeError(cause)}`,
      state: 'Nothing was built or pushed',
      next: 'Check `context`, and that actions/checkout runs before this step',
      cause,
    });
  }
}

/** Stops a build that would send a key to the builder, from where one `COPY . .` takes it into the image. */
export function checkContext(context: string, dockerfile: string, log: Log): void {
  if (isRemote(context)) return;
  const { credentials, passing, unignored } = inspect(context, dockerfile);
  if (credentials.length > 0) {
    throw new ActionError({
      what: `The build context holds what looks like a credential: ${named(credentials)}`,
      state: 'Nothing was built or pushed',
      next: 'Name it in .dockerignore, and if it is in the repository, revoke it; a build that needs it takes it from `build-secrets`',
    });
  }
  if (passing.length > 0) {
    log.warning(
      `The build context holds the credentials of this job: ${named(passing)}. Add \`gha-creds-*.json\` to .dockerignore`,
    );
  }
  if (unignored.length > 0) {
    log.warning(
      `The build context has no .dockerignore and sends ${named(unignored)} to the builder. Name them in a .dockerignore: builds get faster, and nothing private gets into the image`,
    );
  }
}
