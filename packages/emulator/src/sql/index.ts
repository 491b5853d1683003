import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';

export const instanceSchema = z.strictObject({
  name: z.string().min(1),
  /** Why its backups fail. */
  'backup-error': z.string().optional(),
});

export type SqlInstance = z.output<typeof instanceSchema>;
/** One backup, as it was asked for. */
export type BackupRun = { id: string; instance: string; description: string };

/** The part of the Cloud SQL Admin API (REST) that makes backups. */
export type Sql = { port: number; backups(): BackupRun[]; stop(): Promise<void> };

type Options = { project: string; instances: SqlInstance[]; deny: string[]; now: () => Date };
type Answer = { status: number; body: object };

const fail = (code: number, message: string): Answer => ({
  status: code,
  body: { error: { code, message, errors: [{ message }] } },
});

/** https://docs.cloud.google.com/sql/docs/postgres/admin-api/rest/v1/backupRuns/insert */
export async function startSql({ project, instances, deny, now }: Options): Promise<Sql> {
  const backups: BackupRun[] = [];
  const operations = new Map<string, { polls: number; operation: object; error: string | undefined }>();

  const insert = (instance: string, body: { description?: string }): Answer => {
    const found = instances.find(({ name }) => name === instance);
    if (deny.includes('cloudsql.backupRuns.create') || !found) {
      return fail(403, 'The client is not authorized to make this request.');
    }
    const id = String(1_700_000_000_000 + backups.length);
    const error = found['backup-error'];
    if (error === undefined) backups.push({ id, instance, description: body.description ?? '' });
    const name = randomUUID();
    const operation = {
      kind: 'sql#operation',
      name,
      operationType: 'BACKUP_VOLUME',
      targetId: instance,
      targetProject: project,
      insertTime: now().toISOString(),
      backupContext: { kind: 'sql#backupContext', backupId: id },
    };
    operations.set(name, { polls: 0, operation, error });
    return { status: 200, body: { ...operation, status: 'PENDING' } };
  };

  const get = (name: string): Answer => {
    const entry = operations.get(name);
    if (!entry) return fail(404, 'The Cloud SQL operation does not exist.');
    entry.polls += 1;
    // Seen running once, so that callers have to wait.
    if (entry.polls === 1) return { status: 200, body: { ...entry.operation, status: 'RUNNING' } };
    const error = entry.error && {
      error: { kind: 'sql#operationErrors', errors: [{ code: 'BACKUP_FAILED', message: entry.error }] },
    };
    return { status: 200, body: { ...entry.operation, status: 'DONE', ...(error || {}) } };
  };

  const answer = (method: string, path: string, body: string): Answer => {
    const [, of = '', kind, id = ''] =
      /^\/v1\/projects\/([^/]+)\/(operations|instances)\/([^/]+)(?:\/backupRuns)?$/.exec(path) ?? [];
    if (of !== project) return fail(403, 'The client is not authorized to make this request.');
    if (method === 'POST' && kind === 'instances') return insert(id, body ? JSON.parse(body) : {});
    if (method === 'GET' && kind === 'operations') return get(id);
    return fail(501, `The emulator does not implement ${method} ${path}.`);
  };

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const { status, body } = answer(request.method ?? '', pathname, String(Buffer.concat(chunks)));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: portOf(server), backups: () => [...backups], stop: () => stop(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
