import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerErrorResponse,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type CallRecord, summarize } from './calls.ts';
import type { FaultPlan, Trouble } from './faults.ts';
import { RpcError, statusNameOf, unimplemented } from './status.ts';

/** What a handler may know about the call beside its request. */
export type CallContext = { stuckOperation: boolean };

export type Handler<Request, Response> = (
  request: Request,
  context: CallContext,
) => Response | Promise<Response>;

/** A handler as the server stores it; `unary` makes one from a typed function. */
export type UnaryHandler = (
  call: ServerUnaryCall<unknown, unknown>,
  context: CallContext,
) => Promise<unknown>;

export function unary<Request, Response>(handler: Handler<Request, Response>): UnaryHandler {
  // The definitions decode requests into these very shapes, which the grpc library cannot express.
  return async (call, context) => handler(call.request as Request, context);
}

/** Adopts a handler that is written against grpc-js itself. */
export function fromGrpcHandler(handler: UntypedHandleCall): UnaryHandler {
  const handle = handler as handleUnaryCall<unknown, unknown>;
  return (call) =>
    new Promise((resolve, reject) => {
      handle(call, (error, value) => {
        if (error === null || error === undefined) {
          resolve(value);
        } else {
          reject(error);
        }
      });
    });
}

export type GrpcServerOptions = {
  definitions: Record<string, ServiceDefinition>;
  /** Handlers by full service name and method name; every method without one answers `UNIMPLEMENTED`. */
  handlers: Record<string, Record<string, UnaryHandler>>;
  faults: FaultPlan;
  calls: CallRecord[];
  /** Runs before a call that an `etag-race` fault covers. */
  onEtagRace: (request: unknown) => void;
  now: () => Date;
};

export type GrpcServer = { port: number; stop(): Promise<void> };

export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server();
  const sockets = new Set<Socket>();
  const ending = new AbortController();
  for (const [service, definition] of Object.entries(options.definitions)) {
    const implementation: UntypedServiceImplementation = {};
    // The library itself answers UNIMPLEMENTED to what it is not given, such as the streaming methods.
    for (const method of Object.keys(definition).filter((name) => isUnary(definition, name))) {
      const handler = options.handlers[service]?.[method] ?? notImplemented(`${service}/${method}`);
      implementation[method] = intercept(`${service}/${method}`, handler, {
        ...options,
        ending: ending.signal,
        disconnect: () => {
          for (const socket of sockets) {
            socket.destroy();
          }
        },
      });
    }
    server.addService(definition, implementation);
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    stop: async () => {
      ending.abort();
      listener.close();
      server.forceShutdown();
    },
  };
}

function isUnary(definition: ServiceDefinition, method: string): boolean {
  const { requestStream, responseStream } = definition[method] ?? {};
  return !requestStream && !responseStream;
}

function notImplemented(method: string): UnaryHandler {
  return () => Promise.reject(unimplemented(`The emulator does not implement ${method}.`));
}

/** The call is never answered. */
class BrokenConnection extends RpcError {
  constructor() {
    super('UNAVAILABLE', 'injected fault: the connection is broken');
  }
}

type Interception = GrpcServerOptions & {
  ending: AbortSignal;
  /** Breaks every connection there is. */
  disconnect: () => void;
};

/** Logs a call and lets the faults at it, around the handler. */
function intercept(
  method: string,
  handler: UnaryHandler,
  { faults, calls, onEtagRace, now, ending, disconnect }: Interception,
): handleUnaryCall<unknown, unknown> {
  const run = async (call: ServerUnaryCall<unknown, unknown>): Promise<unknown> => {
    const plan = faults.onCall(method);
    await meet(plan.before, ending);
    if (plan.disconnect === 'before') {
      throw new BrokenConnection();
    }
    if (plan.etagRace) {
      onEtagRace(call.request);
    }
    const response = await handler(call, { stuckOperation: plan.stuckOperation });
    await meet(plan.after, ending);
    if (plan.disconnect === 'after') {
      throw new BrokenConnection();
    }
    return response;
  };
  return (call, callback) => {
    const record: CallRecord = {
      method,
      time: now().toISOString(),
      request: summarize(call.request),
      code: 'PENDING',
    };
    calls.push(record);
    run(call).then(
      (response) => {
        record.code = 'OK';
        callback(null, response);
      },
      (error: unknown) => {
        record.code = statusNameOf(error);
        record.message = detailsOf(error);
        if (error instanceof BrokenConnection) {
          disconnect();
          return;
        }
        callback(toServiceError(error));
      },
    );
  };
}

async function meet({ delayMs, held, fail }: Trouble, ending: AbortSignal): Promise<void> {
  if (delayMs > 0) {
    await sleep(delayMs, undefined, { signal: ending, ref: false });
  }
  if (held !== undefined) {
    await Promise.race([held, once(ending, 'abort')]);
    ending.throwIfAborted();
  }
  if (fail !== undefined) {
    throw new RpcError(fail.code, fail.message);
  }
}

/** Handlers throw errors, or plain objects with a code and details, as grpc-js allows. */
function toServiceError(error: unknown): ServerErrorResponse {
  const thrown = typeof error === 'object' && error !== null ? error : {};
  const details = detailsOf(error);
  return {
    name: 'name' in thrown && typeof thrown.name === 'string' ? thrown.name : 'Error',
    message: details,
    code: 'code' in thrown && typeof thrown.code === 'number' ? thrown.code : status.UNKNOWN,
    details,
  };
}

function detailsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    if ('details' in error && typeof error.details === 'string') {
      return error.details;
    }
    if ('message' in error && typeof error.message === 'string') {
      return error.message;
    }
  }
  return String(error);
}
