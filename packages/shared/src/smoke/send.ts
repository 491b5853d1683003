import { Agent, type Dispatcher, request } from 'undici';
import { describeError } from '../action/errors.ts';
import { decode, MAX_BODY_BYTES, TOO_LONG } from './decode.ts';
import { redirected } from './redirect.ts';
import type { Request } from './request.ts';
import { headerOf, type Response } from './response.ts';

export type SendOptions = {
  /** Longest time for the whole answer, redirects and body included. */
  timeoutMs: number;
  /** A redirect is an answer, not followed. */
  keepRedirect: boolean;
  signal: AbortSignal;
};

/** Sends requests over connections that it keeps. */
export type Sender = {
  /** Rejects with `NoAnswer`, or with the signal's reason. */
  send(request: Request, options: SendOptions): Promise<Response>;
  close(): Promise<void>;
};

export type NoAnswerKind = 'refused' | 'dns' | 'tls' | 'no-tls' | 'reset' | 'timeout' | 'invalid';

/** A request that came to no answer that could be read. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly kind: NoAnswerKind;
  /** Whether a service that is about to start behaves so: a wrong name or certificate does not mend itself. */
  readonly mayPass: boolean;

  constructor(kind: NoAnswerKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    const passes = kind === 'refused' || kind === 'reset' || kind === 'timeout';
    this.mayPass = passes || codesOf(cause).includes('EAI_AGAIN');
  }
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks for HTTP/2 first; a server that does not offer it is spoken to by HTTP/1.1. */
export function createSender(): Sender {
  // A request has one time-out, its own; undici's would end it after five minutes.
  const agent = new Agent({ allowH2: true, connect: { timeout: 10_000 }, headersTimeout: 0, bodyTimeout: 0 });
  return {
    send: (first, options) => follow(agent, first, options),
    close: () => agent.destroy(),
  };
}

async function follow(agent: Agent, first: Request, options: SendOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  const startMs = performance.now();
  let current = first;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await exchange(agent, current, signal);
      const location = headerOf(response, 'location');
      if (options.keepRedirect || !REDIRECTS.has(response.status) || location === undefined) {
        return { ...response, durationMs: performance.now() - startMs };
      }
      const next = redirected(current, response.status, location);
      if (!next.ok) throw new NoAnswer('invalid', `answered ${response.status} and ${next.why}`);
      current = next.request;
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) throw new NoAnswer('timeout', 'the answer was not complete in time', error);
    throw error instanceof NoAnswer ? error : noAnswer(error);
  }
  throw new NoAnswer(
    'invalid',
    `redirects more than ${MAX_REDIRECTS} times, to ${current.url.href} in the end`,
  );
}

async function exchange(
  agent: Agent,
  { method, url, headers, body }: Request,
  signal: AbortSignal,
): Promise<Omit<Response, 'durationMs'>> {
  const answer = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers,
    body: body ?? null,
    dispatcher: agent,
    signal,
  });
  const encoded = await collect(answer.body);
  const decoded = method === 'HEAD' ? encoded : unpacked(encoded, answer.headers['content-encoding']);
  return { status: answer.statusCode, headers: answer.headers, body: decoded };
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new NoAnswer('invalid', TOO_LONG);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unpacked(body: Buffer, encoding: string | string[] | undefined): Buffer {
  try {
    return decode(body, encoding);
  } catch (error) {
    throw new NoAnswer('invalid', describeError(error), error);
  }
}

const KINDS: readonly [RegExp, NoAnswerKind][] = [
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, 'refused'],
  [/^(ENOTFOUND|EAI_\w+|ENODATA)$/, 'dns'],
  [/^(EPROTO|ERR_SSL_(?!.*CERT)\w+)$/, 'no-tls'],
  [/CERT|SELF_SIGNED|UNABLE_TO_|TLS|SSL|EPROTO/, 'tls'],
  [/TIMEOUT|ETIMEDOUT/, 'timeout'],
  [/^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|ERR_HTTP2_\w+|UND_ERR_ABORTED)$/, 'reset'],
];

/** The codes of an error, of its causes, and of the attempts at several addresses of a host. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...own, ...inner, ...codesOf(error.cause)];
}

function noAnswer(error: unknown): NoAnswer {
  const codes = codesOf(error);
  const kind = KINDS.find(([pattern]) => codes.some((code) => pattern.test(code)))?.[1] ?? 'invalid';
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const text = describeError(first);
  const code = codes.find((candidate) => !text.includes(candidate));
  return new NoAnswer(kind, code === undefined ? text : `${text} (${code})`, error);
}
