import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Impact } from './faults.ts';
import type { Upstream } from './instance.ts';
import { pageNotFound, unavailable } from './messages.ts';
import { answerPlainly, forward, forwardUpgrade, rejectUpgrade } from './proxy.ts';

/** Where a request goes; undefined: nothing serves this address. */
export type Route = { revision: string; upstream: () => Promise<Upstream | undefined>; impact: Impact };

export type FrontEndOptions = {
  route: () => Route | undefined;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** A revision answered (or left unanswered: 499) a request. */
  answered: (revision: string, status: number, latencyMs: number) => void;
};

/**
 * Paths that never reach a container at an address of Cloud Run's own: the front end answers them
 * (https://docs.cloud.google.com/run/docs/known-issues, reserved URL paths; of those that end in z this one has been seen).
 */
function isReserved(url = '/'): boolean {
  return /^\/(healthz|eventlog)(\?|$)|^\/_ah\//.test(url);
}

/** One address. */
export type FrontEnd = { url: string; close(): Promise<void> };

/** Where the client went away before the answer: nginx's convention, since Cloud Run's own count is not documented. */
const clientClosed = 499;

export async function openFrontEnd(options: FrontEndOptions): Promise<FrontEnd> {
  const { route, now, answered } = options;
  const upgraded = new Set<Duplex>();

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const startedMs = now();
    const to = route();
    if (!to || isReserved(incoming.url)) return answerPlainly(outgoing, 404, pageNotFound);
    let processBroke = false;
    outgoing.once('close', () => {
      const unfinished = processBroke ? 503 : clientClosed;
      const status = outgoing.writableFinished ? outgoing.statusCode : unfinished;
      answered(to.revision, status, now() - startedMs);
    });
    if (to.impact.delayMs > 0) await sleep(to.impact.delayMs);
    if (to.impact.status !== undefined) return answerPlainly(outgoing, to.impact.status, 'Injected fault');
    const upstream = await to.upstream();
    if (!upstream) return answerPlainly(outgoing, 503, unavailable);
    if (outgoing.destroyed) return;
    forward(incoming, outgoing, upstream, () => {
      processBroke = true;
    });
  }

  async function upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const startedMs = now();
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    const to = route();
    if (!to) return rejectUpgrade(client, 404, pageNotFound);
    const done = (status: number): void => answered(to.revision, status, now() - startedMs);
    const reject = (status: number, text: string): void => {
      rejectUpgrade(client, status, text);
      done(status);
    };
    if (to.impact.delayMs > 0) await sleep(to.impact.delayMs);
    if (to.impact.status !== undefined) return reject(to.impact.status, 'Injected fault');
    const upstream = await to.upstream();
    if (!upstream) return reject(503, unavailable);
    forwardUpgrade(incoming, client, head, upstream, done);
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  // Clients keep connections to Google's front end for minutes; one that closed first would cost them a request.
  server.keepAliveTimeout = 600_000;
  server.on('upgrade', (incoming, client, head) => {
    client.on('error', () => {});
    upgrade(incoming, client, head).catch(() => client.destroy());
  });
  const url = await listen(server);

  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const client of upgraded) client.destroy();
      }),
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The server has no port.'));
      else resolve(`http://127.0.0.1:${address.port}`);
    });
  });
}
