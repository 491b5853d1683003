import { aborted } from '../grpc/status.ts';

/** Refuses a write on the condition of an etag that is not the current one any more. */
export function refuseStale(name: string, current: string, etag: string | null | undefined): void {
  if (!etag || etag === current) return;
  throw aborted(
    `Conflict for resource '${name}': version '${etag}' was specified but current version is '${current}'.`,
  );
}
