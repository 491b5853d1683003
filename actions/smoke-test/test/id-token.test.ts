import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  type Answers,
  FEDERATED_TOKEN,
  idToken,
  startGoogle,
} from '../../../packages/shared/test/cloudrun/support/google-identity.ts';
import { folder, onlyError, type Run, run, start, startApp } from './support/kit.ts';

const CHECKS = 'GET /api/v1/health';
const EXPIRES_MS = Date.parse('2999-01-01T00:00:00Z');

/** Credentials as google-github-actions/auth leaves them for Workload Identity Federation, with Google on this machine. */
async function identity(answers: Answers = {}, more: object = {}) {
  const made: Answers = {
    generateIdToken: ({ body }, nth) => ({ json: { token: idToken(body.audience, EXPIRES_MS, nth) } }),
  };
  const google = await startGoogle(Date.now, { ...made, ...answers });
  const root = folder({ 'credentials.json': JSON.stringify(google.federation(more)) });
  const env = {
    GOOGLE_APPLICATION_CREDENTIALS: join(root, 'credentials.json'),
    GOOGLE_CLOUD_PROJECT: 'demo-project',
  };
  return { google, env };
}

const token = (audience: string) => idToken(audience, EXPIRES_MS, 1);

function expectHidden(result: Run, secret: string): void {
  const lines = result.lines.filter((line) => !line.startsWith('::add-mask::'));
  for (const text of [...lines, result.summary, result.reportText, result.junitText]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(FEDERATED_TOKEN);
  }
  expect(result.masks).toContain(secret);
}

describe('an ID token', () => {
  it('arrives in `authorization`, for the audience of the URL', async () => {
    const { google, env } = await identity();
    const app = await startApp({ answers: { 'GET /two': { status: 500, body: 'no' } } });
    const inputs = { url: `${app.origin}/`, 'id-token': 'true' };
    const result = await run({ ...inputs, checks: `- ${CHECKS}\n- GET /two` }, { env });
    const expected = token(app.origin);
    expect((await app.seen()).map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${expected}`,
      `Bearer ${expected}`,
    ]);
    expect(result.log).toContain(`Requests carry an ID token for ${app.origin}`);
    expect(google.callsOf('generateIdToken')).toMatchObject([
      {
        path: `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateIdToken`,
        authorization: `Bearer ${FEDERATED_TOKEN}`,
        body: { audience: app.origin, includeEmail: true },
      },
    ]);
    expectHidden(result, expected);
  });

  it('arrives in `x-serverless-authorization` where the check has an authorization of its own', async () => {
    const { env } = await identity();
    const app = await startApp();
    const checks = `request: ${CHECKS}\nheaders: { AUTHORIZATION: Bearer mine }`;
    const result = await run({ url: app.origin, checks, 'id-token': 'true' }, { env });
    expect(result.exitCode, result.log).toBe(0);
    expect((await app.seen())[0]?.headers).toMatchObject({
      authorization: 'Bearer mine',
      'x-serverless-authorization': `Bearer ${token(app.origin)}`,
    });
  });

  it('is for the audience that is given', async () => {
    const { google, env } = await identity();
    const app = await startApp();
    const audience = 'https://shop-abc123-ew.a.run.app';
    const result = await run({ url: app.origin, checks: CHECKS, 'id-token': audience }, { env });
    expect(result.exitCode, result.log).toBe(0);
    expect(google.callsOf('generateIdToken')[0]?.body).toMatchObject({ audience });
    expect((await app.seen())[0]?.headers.authorization).toBe(`Bearer ${token(audience)}`);
  });

  it('is that of every user of a load', async () => {
    const { google, env } = await identity();
    const app = await startApp();
    const inputs = { url: app.origin, checks: CHECKS, 'id-token': 'true', load: 'users: 2\nduration: 200ms' };
    const result = await run(inputs, { env });
    expect(result.exitCode, result.log).toBe(0);
    const sent = new Set((await app.seen()).map(({ headers }) => headers.authorization));
    expect(sent).toEqual(new Set([`Bearer ${token(app.origin)}`]));
    expect(google.callsOf('generateIdToken')).toHaveLength(1);
    expectHidden(result, token(app.origin));
  });

  it('goes to no other host', async () => {
    const { env } = await identity();
    const other = await startApp({ answers: { 'GET /new': {} } });
    const location = `${other.origin}/new`;
    const app = await startApp({ answers: { 'GET /old': { status: 302, headers: { location } } } });
    const checks = '- GET /old\n- request: GET /old\n  name: own\n  headers: { Authorization: Bearer mine }';
    const result = await run({ url: app.origin, checks, 'id-token': 'true' }, { env });
    expect(result.log).toContain('which a check does not follow');
    expect(await other.seen()).toEqual([]);
  });

  it('is not sent unless that is asked for', async () => {
    const { google, env } = await identity();
    const app = await startApp();
    await run({ url: app.origin, checks: CHECKS }, { env });
    expect((await app.seen())[0]?.headers).not.toHaveProperty('authorization');
    expect(google.calls).toEqual([]);
  });
});

describe('a service that does not take the ID token says what to do:', () => {
  it.each([
    [401, 'the ID token was not accepted: its audience must be the URL of the service'],
    [403, 'an ID token was sent: grant its account roles/run.invoker on the service'],
  ])('%i', async (status, hint) => {
    const { env } = await identity();
    const app = await startApp({ answers: { [CHECKS]: { status } } });
    const result = await run({ url: app.origin, checks: CHECKS, 'id-token': 'true' }, { env });
    expect(onlyError(result)).toContain(`answered ${status} (${hint}`);
    expect(await app.seen()).toHaveLength(1);
  });
});

describe('where no ID token can be made, no request is sent, and one error says why:', () => {
  it.each<[string, (env: Record<string, string>) => Record<string, string>, string]>([
    [
      'no credentials',
      () => ({ METADATA_SERVER_DETECTION: 'none' }),
      'No Google Cloud credentials were found. No check was run. Add a step with google-github-actions/auth before this one',
    ],
    [
      'credentials that are not there',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json' }),
      'No Google Cloud credentials were found. No check was run.',
    ],
  ])('%s', async (_, envOf, why) => {
    const app = await startApp();
    const inputs = { url: app.origin, checks: CHECKS, 'id-token': 'true' };
    const result = await start(inputs, { env: envOf({}) }).main;
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(`No ID token for ${app.origin} can be made: ${why}`);
    expect(await app.seen()).toEqual([]);
    expect(result.outputs).toEqual({});
  });

  it.each<[string, Answers, object, string]>([
    [
      'a role that is missing',
      {
        generateIdToken: () => ({
          status: 403,
          json: { error: { code: 403, message: 'Permission denied.' } },
        }),
      },
      {},
      `The credentials may not make ID tokens for ${ACCOUNT}: Permission denied. No check was run. Grant roles/iam.workloadIdentityUser`,
    ],
    [
      'a federation without a service account',
      {},
      { service_account_impersonation_url: undefined },
      'Workload Identity Federation without a service account cannot make ID tokens for Cloud Run. No check was run. Give google-github-actions/auth a `service_account`',
    ],
  ])('%s', async (_, answers, more, why) => {
    const { env } = await identity(answers, more);
    const app = await startApp();
    const result = await start({ url: app.origin, checks: CHECKS, 'id-token': 'true' }, { env }).main;
    expect(result.exitCode).toBe(1);
    expect(onlyError(result)).toContain(`No ID token for ${app.origin} can be made: ${why}`);
    expect(await app.seen()).toEqual([]);
  });
});

describe('over plain http', () => {
  it.each(['true', 'https://shop-abc123-ew.a.run.app'])(
    'no ID token is sent beyond this machine (%s)',
    async (given) => {
      const { google, env } = await identity();
      const inputs = { url: 'http://shop.example', checks: CHECKS, 'id-token': given };
      const result = await start(inputs, { env }).main;
      expect(result.exitCode).toBe(1);
      expect(onlyError(result)).toContain(
        '`id-token` would be sent over plain http; accepted: an https `url`',
      );
      expect(google.calls).toEqual([]);
    },
  );
});
