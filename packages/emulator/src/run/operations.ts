import { setTimeout as sleep } from 'node:timers/promises';
import { packAny } from '../grpc/definitions.ts';
import type { MessageValue } from '../grpc/schema.ts';
import { type UnaryHandler, unary } from '../grpc/server.ts';
import { invalidArgument, notFound, type RpcError, unimplemented } from '../grpc/status.ts';
import { type Location, locationName, parseLocation, parseOperationName } from './names.ts';
import { type PageRequest, page } from './paging.ts';
import type { Permissions } from './permissions.ts';
import type { Duration, Operation } from './types.ts';

export type OperationResult = { response: MessageValue } | { error: { code: number; message: string } };

type Entry = { operation: Operation; ended: Promise<void>; end: () => void };

/** `type` is the message that the operations of a resource carry as metadata and as response. */
export type Operations = {
  start(location: Location, type: string, metadata: MessageValue): Operation;
  /** An operation that is over at once and that nobody can ask for later (`validate_only`). */
  done(location: Location, type: string, resource: MessageValue): Operation;
  finish(name: string, type: string, metadata: MessageValue, result: OperationResult): void;
  /** The operation once it is over. */
  ended(name: string): Promise<Operation>;
  handlers: Record<string, UnaryHandler>;
};

/** Without a time limit from the caller, Wait answers after this time at the latest. */
const DEFAULT_WAIT_MS = 30_000;

export function createOperations(permissions: Permissions, newId: () => string): Operations {
  const entries = new Map<string, Entry>();

  const nameIn = (location: Location) => `${locationName(location)}/operations/${newId()}`;

  const find = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry === undefined) {
      throw notFound(`Operation '${name}' was not found.`);
    }
    return entry;
  };

  const authorized = (permission: string, name: string | null | undefined): Entry => {
    const id = name ?? '';
    permissions.authorize(permission, parseOperationName(id), id);
    return find(id);
  };

  return {
    start: (location, type, metadata) => {
      const name = nameIn(location);
      const { promise, resolve } = Promise.withResolvers<void>();
      const operation = { name, done: false, metadata: packAny(type, metadata) };
      entries.set(name, { operation, ended: promise, end: resolve });
      return operation;
    },
    done: (location, type, resource) => ({
      name: nameIn(location),
      done: true,
      metadata: packAny(type, resource),
      response: packAny(type, resource),
    }),
    finish: (name, type, metadata, result) => {
      const entry = entries.get(name);
      // The caller may have deleted it, which only says that nobody is interested any more.
      if (entry === undefined) {
        return;
      }
      const outcome = 'error' in result ? result : { response: packAny(type, result.response) };
      entry.operation = { name, done: true, metadata: packAny(type, metadata), ...outcome };
      entry.end();
    },
    ended: async (name) => {
      const entry = find(name);
      await entry.ended;
      return entry.operation;
    },
    handlers: {
      GetOperation: unary<{ name?: string }, Operation>(
        ({ name }) => authorized('run.operations.get', name).operation,
      ),
      WaitOperation: unary<{ name?: string; timeout?: Duration }, Operation>(async ({ name, timeout }) => {
        const entry = authorized('run.operations.get', name);
        const waiting = new AbortController();
        const limit = timeout ? durationMs(timeout) : DEFAULT_WAIT_MS;
        await Promise.race([
          entry.ended,
          sleep(limit, undefined, { ref: false, signal: waiting.signal }).catch(() => undefined),
        ]);
        waiting.abort();
        return entry.operation;
      }),
      ListOperations: unary<{ name?: string; filter?: string } & PageRequest, object>((request) => {
        const parent = request.name ?? '';
        permissions.authorize('run.operations.list', parseLocation(parent, 'name'), parent);
        if ((request.filter ?? '') !== '') {
          throw unimplemented('The emulator does not implement filters of ListOperations.');
        }
        const operations = [...entries.values()].map(({ operation }) => operation).reverse();
        const { items, nextPageToken } = page(
          operations.filter(({ name }) => name?.startsWith(`${parent}/`)),
          request,
        );
        return { operations: items, nextPageToken };
      }),
      DeleteOperation: unary<{ name?: string }, object>(({ name }) => {
        authorized('run.operations.delete', name);
        entries.delete(name ?? '');
        return {};
      }),
    },
  };
}

function durationMs({ seconds, nanos }: Duration): number {
  const ms = Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
  if (ms < 0) {
    throw invalidArgument('timeout must not be negative.');
  }
  return ms;
}

export function errorResult(error: RpcError): OperationResult {
  return { error: { code: error.code, message: error.details } };
}
