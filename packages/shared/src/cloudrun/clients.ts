import { MetricServiceClient } from '@google-cloud/monitoring';
import { RevisionsClient, ServicesClient } from '@google-cloud/run';
import { type AuthClient, PassThroughClient } from 'google-auth-library';
import { grpc } from 'google-gax';
import { createAuth, findCredentials } from './credentials.ts';
import { type Endpoint, readEndpoint } from './endpoint.ts';

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
  /** An ID token for a private service; `undefined` where these credentials cannot make one. */
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
  return {
    services: new ServicesClient(runOptions),
    revisions: new RevisionsClient(runOptions),
    metrics: new MetricServiceClient(clientOptions(monitoring, authClient)),
    runOptions,
    defaultProject: async () =>
      authClient ? ((await auth.getProjectId().catch(() => undefined)) ?? undefined) : undefined,
    accessToken: async () => (await authClient?.getAccessToken())?.token ?? undefined,
    idToken: async (audience) => {
      if (!authClient) return undefined;
      const client = await auth.getIdTokenClient(audience).catch(() => undefined);
      return client?.idTokenProvider.fetchIdToken(audience).catch(() => undefined);
    },
  };
}
