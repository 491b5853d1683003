import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createSender, type NoAnswer, type SendOptions } from '@apex-actions/shared/smoke/send';
import { onTestFinished } from 'vitest';

export type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: string };
export type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** Listens on loopback until the test is over, and closes what is still open then. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** An HTTP server that keeps what it was asked. */
export async function startServer(answer: Answer): Promise<{ url: URL; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answer(request, response, seen.length);
  });
  return { url: new URL(`http://127.0.0.1:${await listening(server)}/`), seen };
}

/** A port of loopback on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Sent = { method?: string; headers?: Record<string, string>; body?: string } & Partial<SendOptions>;

/** Sends one request with a sender of its own. */
export async function send(url: URL | string, { method = 'GET', headers = {}, body, ...options }: Sent = {}) {
  const sender = createSender();
  try {
    const signal = new AbortController().signal;
    const request = { method, url: new URL(url), headers, body };
    return await sender.send(request, { timeoutMs: 30_000, keepRedirect: false, signal, ...options });
  } finally {
    await sender.close();
  }
}

/** Why there was no answer. */
export async function refusal(sent: Promise<unknown>): Promise<NoAnswer> {
  const error = await sent.then(
    () => new Error('there was an answer'),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && error.name === 'NoAnswer') return error as NoAnswer;
  throw error;
}
