import { isTransient, retrying } from '../action/retry.ts';
import { isConflict } from './errors.ts';
import type { OperationResult } from './operations.ts';
import type { Service } from './resources.ts';
import type { ServicePort } from './services.ts';

/** What to write, given what was read; `undefined` when the service already is as wanted. */
export type Patch = { change: Service; mask: readonly string[] };
export type Decide = (service: Service) => Patch | undefined | Promise<Patch | undefined>;

/**
 * Read, decide, write on the condition of the etag. A lost race (ABORTED) and a call whose result is unknown
 * (UNAVAILABLE, a reset connection) are both answered by reading again and deciding again, never by repeating the same
 * write: the second decision sees whether the first write took effect.
 */
export async function changeService(
  port: ServicePort,
  decide: Decide,
  policy: { deadlineMs: number },
): Promise<OperationResult> {
  return retrying(
    async () => {
      const service = await port.get();
      if (!service) throw new Error(`service ${port.id.service} does not exist any more`);
      const patch = await decide(service);
      return patch ? port.update(service, patch.change, patch.mask) : { ok: true };
    },
    { ...policy, onRetry: port.onRetry, retryable: (error) => isConflict(error) || isTransient(error) },
  );
}

/**
 * Creates the service. After a call whose result is unknown it is read before it is tried again: `isOurs` tells whether
 * that call has made it. A service that somebody else has made is ALREADY_EXISTS.
 */
export async function createService(
  port: ServicePort,
  service: Service,
  isOurs: (found: Service) => boolean,
  policy: { deadlineMs: number },
): Promise<OperationResult> {
  return retrying(
    async (attempt) => {
      const found = attempt > 1 ? await port.get() : undefined;
      return found && isOurs(found) ? { ok: true } : port.create(service);
    },
    { ...policy, onRetry: port.onRetry },
  );
}
