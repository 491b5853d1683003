import {
  Compute,
  ExternalAccountAuthorizedUserClient,
  type GoogleAuth,
  gaxios,
  IdentityPoolClient,
  type IdentityPoolClientOptions,
  Impersonated,
  JWT,
  UserRefreshClient,
} from 'google-auth-library';
import {
  DIRECT_FEDERATION,
  keyRefused,
  NO_CREDENTIALS,
  notAttached,
  notExchanged,
  notImpersonated,
  type Refusal,
  sourceRefused,
  USER_CREDENTIALS,
  unsupported,
} from './id-token-refusals.ts';

/** What makes ID tokens. */
export type Source = {
  /** Rejects with the errors of Google's clients. The token is what was answered, unread. */
  fetch(audience: string): Promise<unknown>;
  refused(error: unknown): Refusal;
};

/** What makes ID tokens of Application Default Credentials, as `google-github-actions/auth` leaves them. */
export async function findSource(
  auth: GoogleAuth,
  mask: (secret: string) => void,
): Promise<Source | Refusal> {
  const client = await auth.getClient().catch(() => undefined);
  if (!client) return NO_CREDENTIALS;
  if (client instanceof UserRefreshClient || client instanceof ExternalAccountAuthorizedUserClient)
    return USER_CREDENTIALS;
  if (client instanceof IdentityPoolClient && isFederation(auth.jsonContent))
    return federated(auth.jsonContent, mask);
  if (client instanceof Impersonated) return impersonated(client);
  if (client instanceof JWT) {
    const fetch = (audience: string) => client.fetchIdToken(audience);
    return { fetch, refused: (error) => keyRefused(client.email ?? 'the service account', error) };
  }
  if (client instanceof Compute) {
    return { fetch: (audience) => client.fetchIdToken(audience), refused: notAttached };
  }
  return unsupported(auth.jsonContent?.type ?? 'unknown');
}

const isFederation = (json: GoogleAuth['jsonContent']): json is IdentityPoolClientOptions =>
  json !== null && 'subject_token_type' in json;

/** `…/projects/-/serviceAccounts/ACCOUNT:generateAccessToken`, on the API's host in the universe at hand. */
const IMPERSONATION = /^(.+\/serviceAccounts\/([^/:]+)):generateAccessToken$/;

/**
 * As google-github-actions/auth does for `token_format: id_token`: the federated token, not the account's, makes the ID
 * token. `Impersonated` of the library would do so too, but repeats its calls on a schedule of its own and writes a
 * warning about credentials to the log.
 */
function federated(
  { service_account_impersonation_url: url, ...direct }: IdentityPoolClientOptions,
  mask: (secret: string) => void,
): Source | Refusal {
  if (!url) return DIRECT_FEDERATION;
  const [, resource, account] = IMPERSONATION.exec(url) ?? [];
  if (!resource || !account) return unsupported('external_account that impersonates no service account');
  const client = new IdentityPoolClient(direct);
  const pool = direct.audience.replace(/\/providers\/.*$/, '');
  const principal = `this workflow's principal, such as principalSet:${pool}/attribute.repository_id/REPOSITORY_ID`;
  // Both contain iam.serviceAccounts.getOpenIdToken (https://docs.cloud.google.com/iam/docs/service-account-permissions).
  const role =
    'roles/iam.workloadIdentityUser (or for ID tokens alone roles/iam.serviceAccountOpenIdTokenCreator)';
  return {
    async fetch(audience) {
      const { token } = await client.getAccessToken();
      if (!token) return undefined;
      mask(token);
      const { data } = await client.transporter.request<{ token?: unknown }>({
        url: `${resource}:generateIdToken`,
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        data: { audience, includeEmail: true },
        responseType: 'json',
      });
      return data.token;
    },
    refused: (error) =>
      isImpersonation(error) ? notImpersonated(account, { role, principal }, error) : notExchanged(error),
  };
}

/** `impersonated_service_account`, as gcloud's `--impersonate-service-account` leaves it. */
function impersonated(client: Impersonated): Source {
  const account = client.getTargetPrincipal();
  const grant = {
    role: 'roles/iam.serviceAccountOpenIdTokenCreator',
    principal: 'the principal of `source_credentials`',
  };
  return {
    fetch: (audience) => client.fetchIdToken(audience),
    refused: (error) =>
      isImpersonation(error) ? notImpersonated(account, grant, error) : sourceRefused(error),
  };
}

/** Whether it was the account's ID token that was refused, and not the token to ask for it with. */
function isImpersonation(error: unknown): boolean {
  return error instanceof gaxios.GaxiosError && String(error.config.url).endsWith(':generateIdToken');
}
