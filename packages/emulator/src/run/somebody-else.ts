import { isRecord } from '../grpc/schema.ts';

type Written = { version: number; updateTime: Date; lastModifier: string };

/**
 * Stands for another writer: the etag of the resource that a request is about changes, and nothing else of it.
 * @param field where a request that writes the resource has it
 */
export function touchedBySomebodyElse(
  records: ReadonlyMap<string, Written>,
  field: 'service' | 'job',
  request: unknown,
  { project, now }: { project: string; now: Date },
): void {
  if (!isRecord(request)) return;
  const written = request[field];
  const name = (isRecord(written) ? written.name : undefined) ?? request.name;
  const record = typeof name === 'string' ? records.get(name) : undefined;
  if (record === undefined) return;
  record.version += 1;
  record.updateTime = now;
  record.lastModifier = `somebody-else@${project}.iam.gserviceaccount.com`;
}
