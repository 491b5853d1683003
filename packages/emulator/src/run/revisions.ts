import { type MessageValue, RUN } from '../grpc/schema.ts';
import { type CallContext, type UnaryHandler, unary } from '../grpc/server.ts';
import { failedPrecondition, notFound, unimplemented } from '../grpc/status.ts';
import { timestamp } from './conditions.ts';
import { refuseStale } from './etags.ts';
import { type Location, parseRevisionName, parseServiceName, type RevisionName } from './names.ts';
import type { Operations } from './operations.ts';
import { type PageRequest, page } from './paging.ts';
import type { Permissions } from './permissions.ts';
import type { Reconciler } from './reconcile.ts';
import { isReferenced, revisionResource } from './resources.ts';
import type { Services } from './services.ts';
import type { RevisionRecord, ServiceRecord } from './state.ts';
import type { Operation, Revision } from './types.ts';

const REVISION = `${RUN}.Revision`;

type ListRevisionsRequest = PageRequest & { parent?: string; showDeleted?: boolean };
type DeleteRevisionRequest = { name?: string; validateOnly?: boolean; etag?: string };

export type RevisionsOptions = {
  location: Location;
  services: Services;
  permissions: Permissions;
  operations: Operations;
  reconciler: Reconciler;
  stopInDataPlane: (service: string, revision: string) => Promise<void>;
  now: () => Date;
};

export function createRevisions(options: RevisionsOptions): Record<string, UnaryHandler> {
  const { location, services, permissions, operations, reconciler, now } = options;

  const authorized = (permission: string, resource: string | null | undefined): RevisionName => {
    const name = parseRevisionName(resource ?? '');
    permissions.authorize(permission, name, resource ?? '');
    return name;
  };

  const get = (name: RevisionName): { service: ServiceRecord; revision: RevisionRecord } => {
    const service = services.find(name);
    const revision = service?.revisions.get(name.revision);
    if (service === undefined || revision === undefined) {
      throw notFound(
        `Resource '${name.revision}' of kind 'REVISION' in region '${name.region}' in project '${name.project}' does not exist.`,
      );
    }
    return { service, revision };
  };

  const list = (request: ListRevisionsRequest) => {
    const parent = parseServiceName(request.parent ?? '', 'parent');
    permissions.authorize('run.revisions.list', parent, request.parent ?? '');
    if (request.showDeleted === true) {
      throw unimplemented('The emulator does not keep deleted revisions: show_deleted is not implemented.');
    }
    const records = parent.service === '-' ? services.all() : [services.get(parent)];
    const revisions = records
      .filter(({ name }) => name.region === parent.region)
      .flatMap((service) =>
        [...service.revisions.values()].reverse().map((revision) => ({ service, revision })),
      )
      .sort((a, b) => b.revision.createTime.getTime() - a.revision.createTime.getTime());
    const { items, nextPageToken } = page(revisions, request);
    return {
      revisions: items.map(({ service, revision }) => revisionResource(service, revision)),
      nextPageToken,
    };
  };

  const remove = (request: DeleteRevisionRequest, { stuckOperation }: CallContext): Operation => {
    const { service, revision } = get(authorized('run.revisions.delete', request.name));
    const resource = revisionResource(service, revision);
    refuseStale(revision.id, resource.etag ?? '', request.etag);
    if (service.latestCreated === revision.id) {
      throw failedPrecondition(
        `Revision '${revision.id}' is the latest created revision of service '${service.name.service}' and cannot be deleted.`,
      );
    }
    if (isReferenced(service, revision.id)) {
      throw failedPrecondition(
        `Revision '${revision.id}' is able to receive traffic, directly or by a tag, and cannot be deleted.`,
      );
    }
    if (request.validateOnly === true) {
      return operations.done(location, REVISION, resource as MessageValue);
    }
    const deleted = { ...resource, deleteTime: timestamp(now()) } as MessageValue;
    const operation = operations.start(location, REVISION, deleted);
    service.retiredNames.add(revision.id);
    service.revisions.delete(revision.id);
    if (!stuckOperation) {
      reconciler.later(async () => {
        await options.stopInDataPlane(service.name.service, revision.id);
        operations.finish(operation.name ?? '', REVISION, deleted, { response: deleted });
      });
    }
    return operation;
  };

  return {
    GetRevision: unary<{ name?: string }, Revision>(({ name }) => {
      const { service, revision } = get(authorized('run.revisions.get', name));
      return revisionResource(service, revision);
    }),
    ListRevisions: unary(list),
    DeleteRevision: unary(remove),
  };
}
