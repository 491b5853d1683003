import { setSecret } from '@actions/core';
import { MetricServiceClient } from '@google-cloud/monitoring';
import { RevisionsClient, ServicesClient } from '@google-cloud/run';
import { type AuthClient, PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { systemClock } from '../action/clock.ts';
import { createActionLog } from '../action/log.ts';
import { createAuth, findCredentials } from './credentials.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';
import { createIdTokens, type IdTokens, tokenOrWarning } from './id-token.ts';
import { NONE_SENT } from './id-token-refusals.ts';

export type Clients = {
  services: ServicesClient;
  revisions: RevisionsClient;
  metrics: MetricServiceClient;
  /** For further clients of Cloud Run's API, such as those of jobs. */
  runOptions: ClientOptions;
  /** The project of the credentials, when there is one and nobody named another. */
  defaultProject: () => Promise<string | undefined>;
  /** An access token for Google's own registries; `undefined` where no credentials are sent. */
  accessToken: () => Promise<string | undefined>;
  /** ID tokens for private services, or why there are none. */
  idTokens: IdTokens;
  /** One of these tokens; `undefined` where there is none, and then the log says why. */
  idToken: (audience: string) => Promise<string | undefined>;
};

export type ClientOptions = ReturnType<typeof clientOptions>;

type Env = Record<string, string | undefined>;

/** What a client needs to reach an endpoint. Only loopback goes without credentials. */
export function clientOptions(endpoint: Endpoint, authClient: AuthClient | undefined) {
  const auth = authClient ? { authClient } : {};
  if (endpoint.kind === 'default') return auth;
  const address = { apiEndpoint: endpoint.host, port: endpoint.port };
  return endpoint.kind === 'tls'
    ? { ...address, ...auth }
    : { ...address, authClient: new PassThroughClient(), sslCreds: grpc.credentials.createInsecure() };
}

/** Makes the API clients. Only loopback endpoints go without credentials. */
export async function createClients(env: Env): Promise<Clients> {
  const run = readEndpoint('CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN', env);
  const monitoring = readEndpoint('CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING', env);
  const needed = run.kind !== 'loopback' || monitoring.kind !== 'loopback';
  const auth = createAuth();
  const authClient = needed ? await findCredentials(auth) : undefined;
  const runOptions = clientOptions(run, authClient);
  const idTokens: IdTokens = authClient
    ? createIdTokens(auth, { mask: setSecret, clock: systemClock })
    : { token: async () => NONE_SENT };
  return {
    services: new ServicesClient(runOptions),
    revisions: new RevisionsClient(runOptions),
    metrics: new MetricServiceClient(clientOptions(monitoring, authClient)),
    runOptions,
    defaultProject: async () =>
      authClient ? ((await auth.getProjectId().catch(() => undefined)) ?? undefined) : undefined,
    accessToken: async () => (await authClient?.getAccessToken())?.token ?? undefined,
    idTokens,
    idToken: tokenOrWarning(idTokens, createActionLog()),
  };
}
