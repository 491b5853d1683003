/**
 * Names of the gRPC status codes, by number (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). Written out,
 * because google-gax would otherwise be bundled into the actions that call no Google API.
 */
export const GRPC_CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcCode = (typeof GRPC_CODES)[number];

/** The name of the gRPC code that an error carries; `undefined` for other errors, HTTP statuses included. */
export function grpcCodeOf(error: Error): GrpcCode | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? GRPC_CODES[code] : undefined;
}
