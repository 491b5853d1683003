import { invalidArgument } from '../grpc/status.ts';

export type PageRequest = { pageSize?: number | null; pageToken?: string | null };

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

export function page<Item>(
  items: Item[],
  { pageSize, pageToken }: PageRequest,
): { items: Item[]; nextPageToken: string } {
  const size = pageSize ?? 0;
  if (size < 0) {
    throw invalidArgument('page_size must not be negative.');
  }
  const start = offsetOf(pageToken ?? '');
  const end = start + (size === 0 ? DEFAULT_PAGE_SIZE : Math.min(size, MAX_PAGE_SIZE));
  return { items: items.slice(start, end), nextPageToken: end < items.length ? tokenOf(end) : '' };
}

function tokenOf(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64url');
}

function offsetOf(token: string): number {
  if (token === '') {
    return 0;
  }
  const match = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (match === null) {
    throw invalidArgument(`Invalid page token "${token}".`);
  }
  return Number(match[1]);
}
