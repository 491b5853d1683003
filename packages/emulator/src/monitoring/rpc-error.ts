import { status } from '@grpc/grpc-js';

/** An error that the caller gets with its gRPC code. */
export class RpcError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

export function invalidArgument(message: string): RpcError {
  return new RpcError(status.INVALID_ARGUMENT, message);
}

export function unimplemented(what: string): RpcError {
  return new RpcError(status.UNIMPLEMENTED, `The emulator does not implement ${what}.`);
}

export function notFound(message: string): RpcError {
  return new RpcError(status.NOT_FOUND, message);
}
