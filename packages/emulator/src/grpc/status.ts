import { status } from '@grpc/grpc-js';

export type StatusName = keyof typeof status;

export const STATUS_NAMES = Object.keys(status).filter((key): key is StatusName => Number.isNaN(Number(key)));

/** An error that ends a call with a gRPC status. */
export class RpcError extends Error {
  readonly code: number;
  readonly details: string;

  constructor(name: StatusName, details: string) {
    super(details);
    this.name = 'RpcError';
    this.code = status[name];
    this.details = details;
  }
}

export function invalidArgument(details: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', details);
}

export function notFound(details: string): RpcError {
  return new RpcError('NOT_FOUND', details);
}

export function alreadyExists(details: string): RpcError {
  return new RpcError('ALREADY_EXISTS', details);
}

export function failedPrecondition(details: string): RpcError {
  return new RpcError('FAILED_PRECONDITION', details);
}

export function permissionDenied(details: string): RpcError {
  return new RpcError('PERMISSION_DENIED', details);
}

export function aborted(details: string): RpcError {
  return new RpcError('ABORTED', details);
}

export function unimplemented(details: string): RpcError {
  return new RpcError('UNIMPLEMENTED', details);
}

export function statusNameOf(error: unknown): StatusName {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return STATUS_NAMES.find((name) => status[name] === code) ?? 'UNKNOWN';
}
