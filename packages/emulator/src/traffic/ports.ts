import { createServer } from 'node:net';

/** Hands out loopback ports for processes that want to be told one. */
export type Ports = {
  reserve(): Promise<number>;
  release(port: number): void;
};

/**
 * The kernel picks a port, which is free again until the process opens it. What else runs here is kept apart by a list
 * of what is handed out; another program can still come first, for which `isTaken` tells a failed start to try anew.
 */
export function createPorts(): Ports {
  const reserved = new Set<number>();
  return {
    async reserve() {
      for (;;) {
        const port = await listenOnce(0);
        if (port !== undefined && !reserved.has(port)) {
          reserved.add(port);
          return port;
        }
      }
    },
    release: (port) => {
      reserved.delete(port);
    },
  };
}

/** Whether something listens on a port. */
export async function isTaken(port: number): Promise<boolean> {
  return (await listenOnce(port)) === undefined;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined));
    });
  });
}
