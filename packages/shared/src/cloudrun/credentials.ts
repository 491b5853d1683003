import { type AuthClient, GoogleAuth } from 'google-auth-library';
import { ActionError } from '../action/errors.ts';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

export const createAuth = () => new GoogleAuth({ scopes: SCOPES });

/**
 * Application Default Credentials, as `google-github-actions/auth` leaves them. Looked up before anything else, because
 * the clients would otherwise wait for a metadata server that a hosted runner does not have.
 */
export async function findCredentials(auth: GoogleAuth): Promise<AuthClient> {
  try {
    return await auth.getClient();
  } catch (cause) {
    throw new ActionError({
      what: 'No Google Cloud credentials were found',
      state: 'Nothing was changed',
      next: 'Add a step with google-github-actions/auth before this one (and `permissions: id-token: write` for Workload Identity Federation)',
      cause,
    });
  }
}
