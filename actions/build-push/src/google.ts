import { systemClock } from '@apex-actions/shared/action/clock';
import { ActionError } from '@apex-actions/shared/action/errors';
import type { RetryOptions } from '@apex-actions/shared/action/retry';
import { connect } from '@apex-actions/shared/cloudrun/connect';
import { createAuth, findCredentials } from '@apex-actions/shared/cloudrun/credentials';
import { servedImage } from '@apex-actions/shared/cloudrun/names';
import { createServicePort } from '@apex-actions/shared/cloudrun/services';
import { mainRevision, servingSplit } from '@apex-actions/shared/cloudrun/traffic';
import { isGoogles } from '@apex-actions/shared/registry/authorization';
import type { ImageReference } from '@apex-actions/shared/registry/reference';
import type { Scanner } from '@apex-actions/shared/registry/scan';
import { createScanner } from '@apex-actions/shared/registry/scanner';
import type { Inputs } from './inputs.ts';

type Env = Record<string, string | undefined>;

/** A token of Application Default Credentials, the same one for the whole step. */
export async function accessToken(): Promise<string | undefined> {
  const client = await findCredentials(createAuth());
  return (await client.getAccessToken()).token ?? undefined;
}

/** Artifact Registry's images are `HOST/PROJECT/REPOSITORY/IMAGE`, Container Registry's `gcr.io/PROJECT/IMAGE`. */
function projectOf({ registry, repository }: ImageReference): string | undefined {
  return isGoogles(registry) ? repository.split('/')[0] : undefined;
}

export async function scannerOf(
  inputs: Inputs,
  env: Env,
  retry: Omit<RetryOptions, 'deadlineMs'>,
): Promise<Scanner> {
  const project = inputs.projectId ?? projectOf(inputs.repository);
  if (project) return createScanner({ project, env, ...retry });
  throw new ActionError({
    what: `No project is known to ask for the scan of ${inputs.repository.registry}`,
    state: 'The image was pushed; its vulnerabilities are not known',
    next: 'Set `project-id`, or `scan: off`: only Artifact Registry scans what is pushed',
  });
}

/** The image that most users of the service have now. */
export async function runningImage(
  { service = '', region = '', projectId }: Inputs,
  env: Env,
  { signal, onRetry }: Pick<Required<RetryOptions>, 'signal' | 'onRetry'>,
): Promise<{ image: string; revision: string } | undefined> {
  const { clients, id } = await connect({ projectId, region, service }, env);
  const { services, revisions } = clients;
  const port = createServicePort({
    services,
    revisions,
    id,
    clock: systemClock,
    signal,
    callTimeoutMs: 60_000,
    onRetry,
  });
  const found = await port.get();
  if (!found) return undefined;
  const revision = mainRevision(servingSplit(found));
  const image = servedImage((await port.revision(revision))?.containers);
  return image ? { image, revision } : undefined;
}
