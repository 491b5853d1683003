import { ActionError } from '../action/errors.ts';
import { type Clients, createClients } from './clients.ts';
import type { ServiceId } from './resources.ts';

type Env = Record<string, string | undefined>;

export type Connection = { clients: Clients; id: ServiceId };

/** The variables in which google-github-actions/auth and gcloud keep the project. */
const PROJECT_VARIABLES = ['CLOUDSDK_CORE_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'];

/** Finds credentials and project, and makes the clients. */
export async function connect(
  { projectId, region, service }: { projectId: string | undefined; region: string; service: string },
  env: Env,
): Promise<Connection> {
  const clients = await createClients(env);
  const variable = PROJECT_VARIABLES.map((name) => env[name]).find((value) => value);
  const project = projectId ?? variable ?? (await clients.defaultProject());
  if (project) return { clients, id: { project, region, service } };
  throw new ActionError({
    what: 'No project is known: the input `project-id` is empty and the credentials name none',
    state: 'Nothing was changed',
    next: 'Set `project-id`',
  });
}
