import { z } from 'zod';
import { describeError } from '../action/errors.ts';

/** Why there is no ID token, and what to do about it. Each a sentence without its full stop. */
export type Refusal = { ok: false; why: string; next: string };

const refusal = (why: string, next: string): Refusal => ({ ok: false, why, next });

export const NO_CREDENTIALS = refusal(
  'No Google Cloud credentials were found',
  'Add a step with google-github-actions/auth before this one (and `permissions: id-token: write` for Workload Identity Federation)',
);

export const NONE_SENT = refusal(
  'Cloud Run is reached on loopback, where no credentials are sent',
  'Unset CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN to ask a private service',
);

/** The Security Token Service exchanges for access tokens only; an ID token is that of a service account. */
export const DIRECT_FEDERATION = refusal(
  'Workload Identity Federation without a service account cannot make ID tokens for Cloud Run',
  'Give google-github-actions/auth a `service_account` that has roles/run.invoker on the service',
);

/** The audience of a user's ID token is the OAuth client of the login, whatever one asks for. */
export const USER_CREDENTIALS = refusal(
  "A user's credentials cannot make ID tokens for an audience that one chooses",
  'Use those of a service account: google-github-actions/auth with `service_account`, or `gcloud auth application-default login --impersonate-service-account=ACCOUNT`',
);

export const NO_TOKEN = refusal(
  'Google answered without an ID token',
  'Run the job again; if it persists, look at what the credentials name as their endpoints',
);

export function unsupported(kind: string): Refusal {
  return refusal(
    `Credentials of this kind (${kind}) make no ID tokens`,
    'Use google-github-actions/auth with `workload_identity_provider` and `service_account`',
  );
}

/** Of a failure that may pass by itself, and did not while it was tried again. */
export function unavailable(error: unknown): Refusal {
  return refusal(
    `No ID token could be fetched: ${detailOf(error)}`,
    'Run the job again; https://status.cloud.google.com tells of outages',
  );
}

export function notExchanged(error: unknown): Refusal {
  return (
    disabled(error) ??
    refusal(
      `The runner's token could not be exchanged for one of Google Cloud: ${detailOf(error)}`,
      'Check `workload_identity_provider` of google-github-actions/auth, the attribute condition of that provider, and `permissions: id-token: write`',
    )
  );
}

export function sourceRefused(error: unknown): Refusal {
  return (
    disabled(error) ??
    refusal(
      `The credentials behind the impersonation were refused: ${detailOf(error)}`,
      'Check `source_credentials` in the credentials file: a key may be deleted, a login may have ended',
    )
  );
}

/** Who would have to have which role on the account. */
export type Grant = { role: string; principal: string };

/** Of `generateIdToken` for an account. */
export function notImpersonated(account: string, { role, principal }: Grant, error: unknown): Refusal {
  const off = disabled(error);
  if (off) return off;
  const detail = detailOf(error);
  const status = statusOf(error);
  if (status === 403) {
    return refusal(
      `The credentials may not make ID tokens for ${account}: ${detail}`,
      `Grant ${role} on ${account} to ${principal}`,
    );
  }
  return refusal(
    `There is no ID token for ${account}: ${detail}`,
    status === 404
      ? `Check that ${account} exists, and \`service_account\` of google-github-actions/auth`
      : `Check that ${account} is not disabled; if it is not, run the job again`,
  );
}

export function keyRefused(account: string, error: unknown): Refusal {
  return refusal(
    `The key of ${account} was refused: ${detailOf(error)}`,
    `Check that neither the key nor ${account} is deleted or disabled`,
  );
}

export function notAttached(error: unknown): Refusal {
  // With a status it sends a page of HTML.
  const status = statusOf(error);
  return refusal(
    `The metadata server of this machine makes no ID token: ${status ? `it answered ${status}` : detailOf(error)}`,
    'Attach a service account to the machine, or use google-github-actions/auth',
  );
}

/** Of an error of Google's clients: the HTTP status of the answer; 0 where there was none. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : 0;
}

/** An error of Google's APIs, as HTTP clients find it (https://google.aip.dev/193). */
const ApiFailure = z.object({
  response: z.object({
    data: z.object({
      error: z.object({
        message: z.string(),
        details: z
          .array(
            z.object({
              reason: z.string().optional(),
              metadata: z
                .object({ service: z.string().optional(), consumer: z.string().optional() })
                .optional(),
            }),
          )
          .optional(),
      }),
    }),
  }),
});

function apiErrorOf(error: unknown) {
  return ApiFailure.safeParse(error).data?.response.data.error;
}

function disabled(error: unknown): Refusal | undefined {
  const info = apiErrorOf(error)?.details?.find(({ reason }) => reason === 'SERVICE_DISABLED');
  if (!info) return undefined;
  const service = info.metadata?.service ?? 'iamcredentials.googleapis.com';
  const project = info.metadata?.consumer?.replace(/^projects\//, '') ?? 'PROJECT';
  return refusal(
    `An API that makes ID tokens is not enabled: ${service}`,
    `Enable it (\`gcloud services enable ${service} --project=${project}\`), and wait some minutes`,
  );
}

/** JSON Web Tokens and access tokens of Google, which an answer might repeat. */
const TOKEN = /\beyJ[\w-]+(?:\.[\w-]*)*|\bya29\.[\w.-]+/g;

function detailOf(error: unknown): string {
  // The token exchange knows OAuth's errors alone, and says "[object Object]" of an API's.
  const text = describeError(apiErrorOf(error)?.message ?? error);
  return text.replace(TOKEN, '***').replace(/\.$/, '');
}
