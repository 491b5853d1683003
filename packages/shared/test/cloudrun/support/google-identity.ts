import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const ACCOUNT = 'deployer@demo-project.iam.gserviceaccount.com';
export const POOL = 'projects/1/locations/global/workloadIdentityPools/pool';
export const SUBJECT_TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvOm8vciJ9.c3ViamVjdA';
export const REQUEST_TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJydW4iOiI3In0.cmVxdWVzdA';
export const FEDERATED_TOKEN = 'ya29.d.c0federated-token_of.the-runner';

/** Who is asked: GitHub, the Security Token Service, IAM Credentials, the token service for keys, a metadata server. */
export type Part = 'github' | 'sts' | 'generateAccessToken' | 'generateIdToken' | 'oauth' | 'metadata';
export type Call = { part: Part; path: string; authorization: string; body: Record<string, unknown> };
/** `hang` never answers. */
export type Reply = { status?: number; json: unknown } | { text: string } | 'hang';
/** What a part says to its nth call, from 1. */
export type Answers = Partial<Record<Part, (call: Call, nth: number) => Reply>>;

export type Google = {
  origin: string;
  calls: Call[];
  callsOf(part: Part): Call[];
  /** Credentials as google-github-actions/auth leaves them. */
  federation(more?: object): object;
};

export function idToken(audience: unknown, expiresMs: number, nth: number): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { aud: audience, exp: Math.floor(expiresMs / 1000), nth };
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.c2lnbmF0dXJl`;
}

/** All that stands between a runner and an ID token, on loopback. */
export async function startGoogle(nowMs: () => number, answers: Answers = {}): Promise<Google> {
  const made = (audience: unknown, nth: number) => idToken(audience, nowMs() + 3_600_000, nth);
  const usual: Required<Answers> = {
    github: () => ({ json: { value: SUBJECT_TOKEN } }),
    sts: () => ({
      json: {
        access_token: FEDERATED_TOKEN,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3600,
      },
    }),
    generateAccessToken: () => ({
      json: {
        accessToken: 'ya29.of-the-account',
        expireTime: new Date(Date.now() + 3_600_000).toISOString(),
      },
    }),
    generateIdToken: ({ body }, nth) => ({ json: { token: made(body.audience, nth) } }),
    oauth: ({ body }, nth) => ({ json: { id_token: made(audienceOfAssertion(body.assertion), nth) } }),
    metadata: ({ path }, nth) => ({
      text: made(new URL(path, 'http://metadata').searchParams.get('audience'), nth),
    }),
  };
  const calls: Call[] = [];
  const callsOf = (part: Part) => calls.filter((call) => call.part === part);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const body = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text || '{}');
    const call = { part: partOf(path), path, authorization: request.headers.authorization ?? '', body };
    calls.push(call);
    const reply = (answers[call.part] ?? usual[call.part])(call, callsOf(call.part).length);
    if (reply === 'hang') return;
    if ('text' in reply) {
      response.writeHead(200, { 'metadata-flavor': 'Google' }).end(reply.text);
      return;
    }
    response
      .writeHead(reply.status ?? 200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' })
      .end(JSON.stringify(reply.json));
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const federation = (more: object = {}) => ({
    type: 'external_account',
    audience: `//iam.googleapis.com/${POOL}/providers/github`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${origin}/v1/token`,
    credential_source: {
      url: `${origin}/github?audience=pool`,
      headers: { Authorization: `Bearer ${REQUEST_TOKEN}` },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
    service_account_impersonation_url: `${origin}/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`,
    ...more,
  });
  return { origin, calls, callsOf, federation };
}

function partOf(path: string): Part {
  if (path.startsWith('/github')) return 'github';
  if (path === '/v1/token') return 'sts';
  if (path.endsWith(':generateIdToken')) return 'generateIdToken';
  if (path.endsWith(':generateAccessToken')) return 'generateAccessToken';
  return path.startsWith('/computeMetadata/') ? 'metadata' : 'oauth';
}

function audienceOfAssertion(assertion: unknown): unknown {
  const claims = Buffer.from(String(assertion).split('.')[1] ?? '', 'base64url').toString();
  return JSON.parse(claims).target_audience;
}
