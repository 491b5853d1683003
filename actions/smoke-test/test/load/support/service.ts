import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Service = {
  origin: URL;
  /** What it has seen: connections, and requests by path. */
  seen(): Promise<{ connections: number; seen: Record<string, number> }>;
  stop(): void;
};

async function next<T>(child: ChildProcess): Promise<T> {
  const [message] = await once(child, 'message');
  return message;
}

/** Starts `server.ts`. */
export async function startService(): Promise<Service> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)));
  const { port } = await next<{ port: number }>(child);
  return {
    origin: new URL(`http://127.0.0.1:${port}`),
    seen() {
      child.send('seen');
      return next(child);
    },
    stop: () => void child.kill(),
  };
}
