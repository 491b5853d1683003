import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock } from '@apex-actions/shared/action/clock';
import { createMemoryLog } from '@apex-actions/shared/action/log';
import { createClients } from '@apex-actions/shared/cloudrun/clients';
import { createAuth } from '@apex-actions/shared/cloudrun/credentials';
import { createIdTokens, tokenOrWarning } from '@apex-actions/shared/cloudrun/id-token';
import { unavailable } from '@apex-actions/shared/cloudrun/id-token-refusals';
import { GoogleAuth } from 'google-auth-library';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ACCOUNT,
  type Answers,
  FEDERATED_TOKEN,
  type Google,
  idToken,
  POOL,
  REQUEST_TOKEN,
  SUBJECT_TOKEN,
  startGoogle,
} from './support/google-identity.ts';

const AUDIENCE = 'https://shop-abc123-ew.a.run.app';
const HOUR_MS = 3_600_000;

/** Lets a file be the Application Default Credentials, with no other to fall back to. */
function useCredentials(json: object): string {
  const root = mkdtempSync(join(tmpdir(), 'id-token-'));
  const file = join(root, 'credentials.json');
  writeFileSync(file, JSON.stringify(json));
  onTestFinished(() => rmSync(root, { recursive: true }));
  useEnv({ GOOGLE_APPLICATION_CREDENTIALS: file });
  return root;
}

function useEnv(env: Record<string, string>): void {
  for (const [name, value] of Object.entries({ GOOGLE_CLOUD_PROJECT: 'demo-project', ...env }))
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** ID tokens of the credentials that `use` leaves, with Google on this machine. */
async function stage(
  answers: Answers = {},
  use: (google: Google) => unknown = (google) => useCredentials(google.federation()),
  makeAuth: (google: Google) => GoogleAuth = createAuth,
) {
  const clock = createManualClock(Date.parse('2026-03-01T12:00:00Z'));
  const masked: string[] = [];
  const google = await startGoogle(clock.nowMs, answers);
  use(google);
  const mask = (secret: string) => void masked.push(secret);
  const idTokens = createIdTokens(makeAuth(google), { mask, clock });
  return { google, clock, masked, idTokens };
}

/** An error as Google's APIs send it. */
function failure(status: number, message: string, reason?: string, metadata: object = {}) {
  const details = reason ? [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, metadata }] : [];
  return { status, json: { error: { code: status, message, details } } };
}

describe('under Workload Identity Federation', () => {
  it('has the federated token make one for the account, as google-github-actions/auth does', async () => {
    const { google, clock, idTokens } = await stage();
    const token = idToken(AUDIENCE, clock.nowMs() + HOUR_MS, 1);
    expect(await idTokens.token(AUDIENCE)).toEqual({ ok: true, token });
    expect(google.calls.map(({ part }) => part)).toEqual(['github', 'sts', 'generateIdToken']);
    const [github, sts, generate] = google.calls;
    expect(github?.authorization).toBe(`Bearer ${REQUEST_TOKEN}`);
    expect(sts?.body).toMatchObject({
      audience: `//iam.googleapis.com/${POOL}/providers/github`,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subject_token: SUBJECT_TOKEN,
    });
    expect(generate).toEqual({
      part: 'generateIdToken',
      path: `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateIdToken`,
      authorization: `Bearer ${FEDERATED_TOKEN}`,
      body: { audience: AUDIENCE, includeEmail: true },
    });
  });

  it("reads the runner's token from a file as well", async () => {
    const { google, idTokens } = await stage({}, ({ federation }) => {
      const root = useCredentials({});
      const file = join(root, 'subject');
      writeFileSync(file, SUBJECT_TOKEN);
      writeFileSync(
        join(root, 'credentials.json'),
        JSON.stringify(federation({ credential_source: { file } })),
      );
    });
    expect(await idTokens.token(AUDIENCE)).toMatchObject({ ok: true });
    expect(google.callsOf('sts')[0]?.body).toMatchObject({ subject_token: SUBJECT_TOKEN });
  });

  it('hides every token before it is used', async () => {
    const { masked, idTokens } = await stage({
      generateIdToken: () => {
        expect(masked).toEqual([FEDERATED_TOKEN]);
        return { json: { token: idToken(AUDIENCE, Date.now() + HOUR_MS, 1) } };
      },
    });
    const result = await idTokens.token(AUDIENCE);
    expect(result.ok && masked).toEqual([FEDERATED_TOKEN, result.ok && result.token]);
  });

  it('writes nothing to the log', async () => {
    const { idTokens } = await stage();
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'log'), vi.spyOn(process, 'emitWarning')];
    onTestFinished(() => void vi.restoreAllMocks());
    await idTokens.token(AUDIENCE);
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  it('says that it takes a service account, and asks nobody', async () => {
    const { google, idTokens } = await stage({}, ({ federation }) =>
      useCredentials(federation({ service_account_impersonation_url: undefined })),
    );
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: 'Workload Identity Federation without a service account cannot make ID tokens for Cloud Run',
      next: expect.stringContaining('Give google-github-actions/auth a `service_account`'),
    });
    expect(google.calls).toEqual([]);
  });
});

describe('of other credentials', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = {
    type: 'service_account',
    client_email: ACCOUNT,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  /** The library asks Google for a key's tokens wherever `token_uri` points. */
  const redirected = ({ origin }: Google) => {
    const fetchImplementation = (url: Parameters<typeof fetch>[0], init?: RequestInit) =>
      fetch(String(url).replace('https://oauth2.googleapis.com', origin), init);
    return new GoogleAuth({ clientOptions: { transporterOptions: { fetchImplementation } } });
  };
  const useKey = () => useCredentials(key);
  const impersonating = ({ origin, federation }: Google) => ({
    type: 'impersonated_service_account',
    service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
    source_credentials: federation({ service_account_impersonation_url: undefined }),
    endpoint: origin,
  });
  const useMetadata = ({ origin }: Google) =>
    useEnv({
      GOOGLE_APPLICATION_CREDENTIALS: '',
      CLOUDSDK_CONFIG: tmpdir(),
      METADATA_SERVER_DETECTION: 'assume-present',
      GCE_METADATA_HOST: origin,
    });

  it.each<[string, (google: Google) => unknown, ((google: Google) => GoogleAuth)?]>([
    ['a service account key', useKey, redirected],
    ['an impersonation by gcloud', (google) => useCredentials(impersonating(google))],
    ['the account of the machine', useMetadata],
  ])('makes tokens of %s', async (_, use, makeAuth) => {
    const { clock, masked, idTokens } = await stage({}, use, makeAuth);
    const token = idToken(AUDIENCE, clock.nowMs() + HOUR_MS, 1);
    expect(await idTokens.token(AUDIENCE)).toEqual({ ok: true, token });
    expect(masked).toContain(token);
  });

  it('asks for the account that gcloud impersonates, with its address', async () => {
    const { google, idTokens } = await stage({}, (it) => useCredentials(impersonating(it)));
    await idTokens.token(AUDIENCE);
    expect(google.callsOf('generateIdToken')).toMatchObject([
      {
        path: `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateIdToken`,
        authorization: `Bearer ${FEDERATED_TOKEN}`,
        body: { audience: AUDIENCE, includeEmail: true },
      },
    ]);
  });

  it('says that a user cannot choose the audience', async () => {
    const user = {
      type: 'authorized_user',
      client_id: 'gcloud',
      client_secret: 'hush',
      refresh_token: '1//x',
    };
    const { idTokens } = await stage({}, () => useCredentials(user));
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: "A user's credentials cannot make ID tokens for an audience that one chooses",
      next: expect.stringContaining('--impersonate-service-account=ACCOUNT'),
    });
  });

  it.each([
    [
      'another source',
      { credential_source: { executable: { command: '/bin/token' } } },
      'Credentials of this kind (external_account) make no ID tokens',
    ],
    [
      'an impersonation of something else',
      { service_account_impersonation_url: 'https://iam.example.com/v1/users/somebody:become' },
      'Credentials of this kind (external_account that impersonates no service account) make no ID tokens',
    ],
  ])('says so of a federation with %s', async (_, more, why) => {
    const { idTokens } = await stage({}, ({ federation }) => useCredentials(federation(more)));
    const next = 'Use google-github-actions/auth with `workload_identity_provider` and `service_account`';
    expect(await idTokens.token(AUDIENCE)).toEqual({ ok: false, why, next });
  });

  it.each([
    ['there are none', () => useEnv({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' })],
    ['they are no credentials', () => useCredentials([])],
  ])('says so where %s', async (_, use) => {
    const { idTokens } = await stage({}, use);
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: 'No Google Cloud credentials were found',
      next: expect.stringMatching(
        /google-github-actions\/auth before this one .*`permissions: id-token: write`/,
      ),
    });
  });

  it('says that a key was refused', async () => {
    const oauth = () => ({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
    const { idTokens } = await stage({ oauth }, useKey, redirected);
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: `The key of ${ACCOUNT} was refused: invalid_grant: Invalid JWT Signature`,
      next: `Check that neither the key nor ${ACCOUNT} is deleted or disabled`,
    });
  });

  it('says that a machine has no account', async () => {
    const { idTokens } = await stage({ metadata: () => ({ status: 404, json: {} }) }, useMetadata);
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: expect.stringMatching(/^The metadata server of this machine makes no ID token: it answered 404$/),
      next: expect.stringContaining('Attach a service account to the machine'),
    });
  });

  it.each<[string, Answers, object]>([
    [
      'the source may not',
      { generateIdToken: () => failure(403, 'Permission denied.') },
      {
        why: `The credentials may not make ID tokens for ${ACCOUNT}: Permission denied`,
        next: `Grant roles/iam.serviceAccountOpenIdTokenCreator on ${ACCOUNT} to the principal of \`source_credentials\``,
      },
    ],
    [
      'the source is refused itself',
      { sts: () => ({ status: 400, json: { error: 'invalid_grant' } }) },
      {
        why: 'The credentials behind the impersonation were refused: Error code invalid_grant',
        next: expect.stringContaining('Check `source_credentials`'),
      },
    ],
  ])('says of an impersonation by gcloud that %s', async (_, answers, refusal) => {
    const { idTokens } = await stage(answers, (google) => useCredentials(impersonating(google)));
    expect(await idTokens.token(AUDIENCE)).toEqual({ ok: false, ...refusal });
  });
});

const DENIED = "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist)";

describe('a refusal', () => {
  it.each<[string, Answers, string | RegExp, string | RegExp]>([
    [
      'a missing role',
      { generateIdToken: () => failure(403, `${DENIED}.`, 'IAM_PERMISSION_DENIED') },
      `The credentials may not make ID tokens for ${ACCOUNT}: ${DENIED}`,
      `Grant roles/iam.workloadIdentityUser (or for ID tokens alone roles/iam.serviceAccountOpenIdTokenCreator) on ${ACCOUNT} to this workflow's principal, such as principalSet://iam.googleapis.com/${POOL}/attribute.repository_id/REPOSITORY_ID`,
    ],
    [
      'an API that is off',
      {
        generateIdToken: () =>
          failure(
            403,
            'IAM Service Account Credentials API has not been used in project 1',
            'SERVICE_DISABLED',
            {
              service: 'iamcredentials.googleapis.com',
              consumer: 'projects/1',
            },
          ),
      },
      'An API that makes ID tokens is not enabled: iamcredentials.googleapis.com',
      /gcloud services enable iamcredentials\.googleapis\.com --project=1`/,
    ],
    [
      'the token service being off',
      {
        sts: () =>
          failure(403, 'Security Token Service API has not been used', 'SERVICE_DISABLED', {
            service: 'sts.googleapis.com',
            consumer: 'projects/1',
          }),
      },
      'An API that makes ID tokens is not enabled: sts.googleapis.com',
      /gcloud services enable sts\.googleapis\.com --project=1`/,
    ],
    [
      'an account that is not there',
      { generateIdToken: () => failure(404, 'Not found; Gaia id not found for email') },
      `There is no ID token for ${ACCOUNT}: Not found; Gaia id not found for email`,
      `Check that ${ACCOUNT} exists, and \`service_account\` of google-github-actions/auth`,
    ],
    [
      'anything else at the account',
      { generateIdToken: () => failure(400, 'Request contains an invalid argument.') },
      `There is no ID token for ${ACCOUNT}: Request contains an invalid argument`,
      `Check that ${ACCOUNT} is not disabled; if it is not, run the job again`,
    ],
    [
      "a provider that does not take the runner's token",
      {
        sts: () => ({
          status: 401,
          json: {
            error: 'unauthorized_client',
            error_description: 'The given credential is rejected by the attribute condition.',
          },
        }),
      },
      /^The runner's token could not be exchanged .*: Error code unauthorized_client: .* by the attribute condition$/,
      /^Check `workload_identity_provider` .*attribute condition .*`permissions: id-token: write`$/,
    ],
    [
      'GitHub giving the job no token',
      { github: () => ({ status: 403, json: { message: 'no' } }) },
      /^The runner's token could not be exchanged .*403/,
      /`permissions: id-token: write`$/,
    ],
    [
      'an answer without a token',
      { generateIdToken: () => ({ json: {} }) },
      'Google answered without an ID token',
      /^Run the job again/,
    ],
    [
      'an answer that is no token',
      { generateIdToken: () => ({ json: { token: 'a.b.c' } }) },
      'Google answered without an ID token',
      /^Run the job again/,
    ],
  ])('names %s', async (_, answers, why, next) => {
    const { idTokens } = await stage(answers);
    expect(await idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: typeof why === 'string' ? why : expect.stringMatching(why),
      next: typeof next === 'string' ? next : expect.stringMatching(next),
    });
  });

  it.each<[string, Answers]>([
    ['GitHub', { github: ({ authorization }) => failure(403, `not with ${authorization}`) }],
    [
      'the token service',
      {
        sts: ({ body }) => ({
          status: 400,
          json: { error: 'invalid_grant', error_description: `"${body.subject_token}" is stale` },
        }),
      },
    ],
    ['the account', { generateIdToken: ({ authorization }) => failure(403, `not with ${authorization}.`) }],
  ])('repeats no secret that %s repeats', async (_, answers) => {
    const { idTokens } = await stage(answers);
    const result = await idTokens.token(AUDIENCE);
    expect(result).toMatchObject({ ok: false, why: expect.stringContaining('***') });
    for (const token of [SUBJECT_TOKEN, REQUEST_TOKEN, FEDERATED_TOKEN]) {
      for (const part of token.split('.').filter((text) => text.length > 4))
        expect(JSON.stringify(result)).not.toContain(part);
    }
  });

  it('is not kept', async () => {
    const { idTokens } = await stage({
      generateIdToken: (_, nth) =>
        nth === 1
          ? failure(403, DENIED)
          : { json: { token: idToken(AUDIENCE, Date.parse('2026-03-01T13:00:00Z'), nth) } },
    });
    expect(await idTokens.token(AUDIENCE)).toMatchObject({ ok: false });
    expect(await idTokens.token(AUDIENCE)).toMatchObject({ ok: true });
  });

  it('of a failure that may pass by itself asks for nothing but patience', () => {
    const error = Object.assign(new Error('The service is currently unavailable.'), { status: 503 });
    expect(unavailable(error)).toEqual({
      ok: false,
      why: 'No ID token could be fetched: The service is currently unavailable',
      next: 'Run the job again; https://status.cloud.google.com tells of outages',
    });
  });

  it('is told once to those who go on without a token', async () => {
    const { idTokens } = await stage({ generateIdToken: () => failure(403, DENIED) });
    const log = createMemoryLog();
    const token = tokenOrWarning(idTokens, log);
    expect([await token(AUDIENCE), await token(AUDIENCE)]).toEqual([undefined, undefined]);
    expect(log.entries).toEqual([{ level: 'warning', text: expect.stringContaining('Grant roles/iam.') }]);
  });
});

describe('a token', () => {
  it('is kept until a minute before it expires', async () => {
    const { google, clock, idTokens } = await stage();
    const first = await idTokens.token(AUDIENCE);
    await clock.advance(HOUR_MS - 60_001);
    expect(await idTokens.token(AUDIENCE)).toEqual(first);
    await clock.advance(1);
    const second = await idTokens.token(AUDIENCE);
    expect(second).toMatchObject({ ok: true });
    expect(second).not.toEqual(first);
    expect(google.callsOf('generateIdToken')).toHaveLength(2);
  });

  it('is fetched once for each audience, however many ask', async () => {
    const { google, idTokens } = await stage();
    const audiences = [AUDIENCE, 'https://other-abc123-ew.a.run.app'];
    const asked = Array.from({ length: 40 }, (_, nth) => idTokens.token(audiences[nth % 2] ?? ''));
    const results = new Set((await Promise.all(asked)).map((result) => JSON.stringify(result)));
    expect(results.size).toBe(2);
    expect(google.callsOf('generateIdToken').map(({ body }) => body.audience)).toEqual(audiences);
    expect(google.callsOf('sts')).toHaveLength(1);
  });

  it.each([429, 503])('is asked for again after an answer %i', async (status) => {
    const { google, idTokens } = await stage({
      generateIdToken: (_, nth) =>
        nth === 1
          ? failure(status, 'not now')
          : { json: { token: idToken(AUDIENCE, Date.parse('2026-03-01T13:00:00Z'), nth) } },
    });
    expect(await idTokens.token(AUDIENCE)).toMatchObject({ ok: true });
    expect(google.callsOf('generateIdToken')).toHaveLength(2);
  });

  it('is asked for again where nobody answers for half a minute', async () => {
    const { google, clock, idTokens } = await stage({
      generateIdToken: (_, nth) =>
        nth === 1 ? 'hang' : { json: { token: idToken(AUDIENCE, Date.parse('2026-03-01T13:00:00Z'), nth) } },
    });
    const asked = idTokens.token(AUDIENCE);
    await expect.poll(() => google.callsOf('generateIdToken')).toHaveLength(1);
    await clock.advance(30_000);
    expect(await asked).toMatchObject({ ok: true });
  });
});

describe('the clients', () => {
  /** What the step writes, instead of writing it: the runner would execute the workflow commands of a test. */
  function captureOutput(): string[] {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    onTestFinished(() => void vi.restoreAllMocks());
    return written;
  }

  it('have ID tokens, and hide them', async () => {
    const google = await startGoogle(Date.now);
    useCredentials(google.federation());
    const clients = await createClients({});
    const output = captureOutput();
    const token = await clients.idToken(AUDIENCE);
    expect(await clients.idTokens.token(AUDIENCE)).toEqual({ ok: true, token });
    expect(output.join('')).toContain(`::add-mask::${token}`);
  });

  it('have none and say why', async () => {
    const google = await startGoogle(Date.now);
    useCredentials(google.federation({ service_account_impersonation_url: undefined }));
    const clients = await createClients({});
    const output = captureOutput();
    expect(await clients.idToken(AUDIENCE)).toBeUndefined();
    expect(output.join('')).toMatch(/::warning::.*without a service account cannot make ID tokens/);
  });

  it('send none to loopback, whatever credentials there are', async () => {
    const google = await startGoogle(Date.now);
    useCredentials(google.federation());
    const clients = await createClients({
      CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: google.origin,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: google.origin,
    });
    expect(await clients.idTokens.token(AUDIENCE)).toEqual({
      ok: false,
      why: 'Cloud Run is reached on loopback, where no credentials are sent',
      next: expect.stringContaining('CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN'),
    });
    expect(google.calls).toEqual([]);
  });
});
