import { check } from '../config.ts';
import { type UnaryHandler, unary } from '../grpc/server.ts';
import { invalidArgument, notFound, permissionDenied } from '../grpc/status.ts';
import { type PageRequest, page } from '../run/paging.ts';
import { parseFilter } from './filter.ts';
import { occurrencesOf } from './occurrences.ts';
import { type Scan, type ScanInput, scanSchema } from './scan.ts';

type ListRequest = PageRequest & { parent?: string; filter?: string };

export type Scanning = {
  handlers: Record<string, UnaryHandler>;
  /** What a scan of an image finds, from now on. */
  setScan(scan: ScanInput): void;
};

type Options = { project: string; scans: Scan[]; deny: string[]; now: () => Date };

/** Container Analysis (`grafeas.v1.Grafeas`), with the occurrences that Artifact Registry's scans leave there. */
export function createScanning({ project, scans, deny, now }: Options): Scanning {
  const byImage = new Map(scans.map((scan) => [scan.image, { scan, setAt: now() }]));
  const all = () =>
    [...byImage.values()].flatMap(({ scan, setAt }) => occurrencesOf(project, scan, setAt, now()));
  const authorize = (permission: string) => {
    if (deny.includes(permission)) {
      throw permissionDenied(`Permission ${permission} denied (or the resource may not exist).`);
    }
  };
  return {
    handlers: {
      ListOccurrences: unary((request: ListRequest) => {
        authorize('containeranalysis.occurrences.list');
        if (!/^projects\/[^/]+$/.test(request.parent ?? '')) {
          throw invalidArgument(`Invalid parent "${request.parent ?? ''}", expected projects/PROJECT.`);
        }
        const matching = request.parent === `projects/${project}` ? all() : [];
        const { items, nextPageToken } = page(matching.filter(parseFilter(request.filter ?? '')), request);
        return { occurrences: items, nextPageToken };
      }),
      GetOccurrence: unary(({ name = '' }: { name?: string }) => {
        authorize('containeranalysis.occurrences.get');
        const found = all().find((occurrence) => occurrence.name === name);
        if (!found) throw notFound(`Occurrence "${name}" was not found.`);
        return found;
      }),
    },
    setScan(scan) {
      const checked = check(scanSchema, scan, 'scan');
      byImage.set(checked.image, { scan: checked, setAt: now() });
    },
  };
}
