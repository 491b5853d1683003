import { type UnaryHandler, unary } from '../grpc/server.ts';
import { invalidArgument, permissionDenied, unimplemented } from '../grpc/status.ts';
import { timestamp } from '../run/conditions.ts';
import { type PageRequest, page } from '../run/paging.ts';
import { parseFilter } from './filter.ts';
import type { LogEntry, LogStore } from './store.ts';
import { structOf } from './struct.ts';

type ListRequest = PageRequest & { resourceNames?: string[]; filter?: string; orderBy?: string };

type Options = { project: string; deny: string[]; store: LogStore };

/** Cloud Logging (`google.logging.v2.LoggingServiceV2`), with what the processes of services and jobs have written. */
export function createLogging({ project, deny, store }: Options): Record<string, UnaryHandler> {
  return {
    ListLogEntries: unary((request: ListRequest) => {
      const { resourceNames = [], filter = '', orderBy = '' } = request;
      if (resourceNames.length === 0) throw invalidArgument('resource_names must not be empty.');
      const foreign = resourceNames.find((name) => name !== `projects/${project}`);
      if (foreign !== undefined || deny.includes('logging.logEntries.list')) {
        throw permissionDenied(
          `Permission 'logging.logEntries.list' denied on resource '${foreign ?? resourceNames[0]}' (or it may not exist).`,
        );
      }
      if (!['', 'timestamp', 'timestamp asc', 'timestamp desc'].includes(orderBy)) {
        throw unimplemented(`The emulator does not implement order_by "${orderBy}".`);
      }
      const found = store.entries().filter(parseFilter(filter));
      if (orderBy === 'timestamp desc') found.reverse();
      const { items, nextPageToken } = page(found, request);
      return { entries: items.map(entryResource), nextPageToken };
    }),
  };
}

function entryResource({ timestamp: time, jsonPayload, ...entry }: LogEntry): object {
  return {
    ...entry,
    timestamp: timestamp(time),
    receiveTimestamp: timestamp(time),
    ...(jsonPayload === undefined ? {} : { jsonPayload: structOf(jsonPayload) }),
  };
}
